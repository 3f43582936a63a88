!> The energy balance of a planet as a function of its surface temperature: absorbed shortwave minus outgoing longwave
!> flux of the column that belongs to that temperature.
!>
!> The stratosphere of the column is isothermal, so it does not show that ozone warms it. What ozone absorbs there
!> leaves again from there, since a stratosphere is in radiative equilibrium, and is counted with the outgoing flux;
!> otherwise it would count as if it warmed the ground.
module energy_balance
   use constants, only: dp
   use column, only: column_t, build_column
   use longwave, only: longwave_t, prepare_longwave, outgoing_longwave
   use planet, only: planet_t
   use settings, only: settings_t
   use shortwave, only: shortwave_t, prepare_shortwave, shortwave_net_flux
   use trace_gases, only: trace_t
   implicit none
   private
   public :: climate_t, balance_t, prepare_climate, balance_at

   !> A planet with the data for its radiation.
   type :: climate_t
      type(planet_t) :: planet
      type(settings_t) :: settings
      type(longwave_t) :: longwave
      type(shortwave_t) :: shortwave
      type(trace_t) :: trace
   end type climate_t

   !> The balance at one surface temperature.
   type :: balance_t
      real(dp) :: temperature = 0.0_dp      !< K
      real(dp) :: absorbed = 0.0_dp         !< W m-2
      real(dp) :: outgoing = 0.0_dp         !< W m-2: the column's and what ozone took up
      real(dp) :: surplus = 0.0_dp          !< absorbed - outgoing
   end type balance_t

contains

   subroutine prepare_climate(p, s, climate)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(climate_t), intent(out) :: climate

      climate%planet = p
      climate%settings = s
      call prepare_longwave(s, climate%longwave)
      call prepare_shortwave(p, climate%shortwave)
   end subroutine prepare_climate

   !> The balance over a surface of `temperature` kelvin.
   function balance_at(climate, temperature) result(b)
      type(climate_t), intent(in) :: climate
      real(dp), intent(in) :: temperature
      type(balance_t) :: b
      type(column_t) :: c
      real(dp), dimension(climate%settings%levels) :: net, ozone_heat

      call build_column(climate%planet, climate%settings, climate%trace, temperature, c)
      call shortwave_net_flux(climate%shortwave, climate%planet, climate%settings, c, net, ozone_heat)
      b%temperature = temperature
      b%absorbed = net(1)
      b%outgoing = outgoing_longwave(climate%longwave, climate%planet, climate%settings, c) + ozone_heat(1)
      b%surplus = b%absorbed - b%outgoing
   end function balance_at
end module energy_balance
