!> What a run leaves behind: `result.json`, `profiles.csv` and `column_state.dat`. Each is written under a temporary
!> name and renamed, so that a reader never sees half a file.
module results
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use, intrinsic :: iso_c_binding, only: c_char, c_int, c_null_char
   use constants, only: dp, bar, h2o, molar_mass, specific_heat, seconds_per_day
   use column, only: column_t, build_column, co2_pressure, stratosphere_temperature
   use energy_balance, only: climate_t
   use equilibrium, only: outcome_t, parent_t
   use failure, only: fail
   use longwave, only: longwave_net_flux
   use quadrature, only: power_law_integral
   use saturation, only: co2_saturation, water_saturation
   use shortwave, only: shortwave_net_flux, incident_flux
   implicit none
   private
   public :: write_results, read_parent

   character(len=*), parameter :: state_path = 'column_state.dat', temporary = '.tmp'

   interface
      integer(c_int) function c_rename(from, to) bind(c, name='rename')
         import :: c_char, c_int
         character(kind=c_char), intent(in) :: from(*), to(*)
      end function c_rename
   end interface

contains

   !> The state that the parent's run left in `parent/`, if there is one. A state that cannot be read is none: it
   !> would only have saved time.
   function read_parent() result(parent)
      type(parent_t) :: parent
      real(dp) :: surface_temperature, climate_feedback
      integer :: unit, status
      namelist /state/ surface_temperature, climate_feedback

      surface_temperature = parent%temperature
      climate_feedback = parent%feedback
      open (newunit=unit, file='parent/'//state_path, status='old', action='read', iostat=status)
      if (status /= 0) return
      read (unit, nml=state, iostat=status)
      close (unit)
      if (status /= 0) return
      if (.not. (ieee_is_finite(surface_temperature) .and. ieee_is_finite(climate_feedback))) return
      if (surface_temperature > 0.0_dp) parent = parent_t(surface_temperature, climate_feedback)
   end function read_parent

   !> Writes all files. The column is that of the equilibrium or, without one, that in which the fluxes come closest.
   subroutine write_results(climate, outcome)
      type(climate_t), intent(in) :: climate
      type(outcome_t), intent(in) :: outcome
      type(column_t) :: c

      call build_column(climate%planet, climate%settings, outcome%state%temperature, c)
      call write_profiles(climate, c)
      call write_state(outcome)
      call write_json(climate, outcome, c)
   end subroutine write_results

   subroutine write_profiles(climate, c)
      type(climate_t), intent(in) :: climate
      type(column_t), intent(in) :: c
      real(dp), dimension(c%levels) :: up, down, heating_long, heating_short
      character(len=*), parameter :: path = 'profiles.csv'
      real(dp) :: humidity
      integer :: unit, i

      call longwave_net_flux(climate%longwave, climate%planet, climate%settings, c, up)
      call shortwave_net_flux(climate%shortwave, climate%planet, climate%settings, c, down)
      heating_long = heating(climate, c, -up)
      heating_short = heating(climate, c, down)
      open (newunit=unit, file=path//temporary, action='write', status='replace')
      write (unit, '(a)') 'pressure (Pa),altitude (m),temperature (K),water (mole fraction),relative humidity (1),'// &
         'longwave net upward flux (W m-2),shortwave net downward flux (W m-2),'// &
         'longwave heating (K day-1),shortwave heating (K day-1)'
      do i = 1, c%levels
         humidity = c%water(i) * c%pressure(i) / water_saturation(c%temperature(i))
         write (unit, '(17a)') number(c%pressure(i)), ',', number(c%altitude(i)), ',', number(c%temperature(i)), ',', &
            number(c%water(i)), ',', number(humidity), ',', number(up(i)), ',', number(down(i)), ',', &
            number(heating_long(i)), ',', number(heating_short(i))
      end do
      close (unit)
      call publish(path)
   end subroutine write_profiles

   !> Heating of the air by the convergence of the net downward flux `net`, K per day, as the mean of the layers above
   !> and below each level.
   function heating(climate, c, net) result(rate)
      type(climate_t), intent(in) :: climate
      type(column_t), intent(in) :: c
      real(dp), intent(in) :: net(:)
      real(dp) :: rate(c%levels)
      real(dp) :: heat, dry_mass, dry_heat
      integer :: i, above, below

      dry_mass = sum(climate%planet%dry * molar_mass)
      dry_heat = sum(climate%planet%dry * molar_mass * specific_heat)
      do i = 1, c%levels
         above = max(1, i - 1)
         below = min(c%levels, i + 1)
         heat = (dry_heat * (1.0_dp - c%water(i)) + specific_heat(h2o) * molar_mass(h2o) * c%water(i)) &
            / (dry_mass * (1.0_dp - c%water(i)) + molar_mass(h2o) * c%water(i))
         rate(i) = seconds_per_day * climate%settings%gravity / heat * (net(above) - net(below)) &
            / (c%pressure(below) - c%pressure(above))
      end do
   end function heating

   !> The state from which later runs start warm; an unstable point has none.
   subroutine write_state(outcome)
      type(outcome_t), intent(in) :: outcome
      integer :: unit

      open (newunit=unit, file=state_path//temporary, action='write', status='replace')
      write (unit, '(a)') '&state'
      if (outcome%stable) then
         write (unit, '(a, es17.9e3)') ' surface_temperature = ', outcome%state%temperature
         write (unit, '(a, es17.9e3)') ' climate_feedback = ', outcome%feedback
      end if
      write (unit, '(a)') '/'
      close (unit)
      call publish(state_path)
   end subroutine write_state

   subroutine write_json(climate, outcome, c)
      type(climate_t), intent(in) :: climate
      type(outcome_t), intent(in) :: outcome
      type(column_t), intent(in) :: c
      character(len=*), parameter :: path = 'result.json'
      real(dp) :: carbon
      integer :: unit

      carbon = co2_pressure(climate%planet, climate%settings)
      open (newunit=unit, file=path//temporary, action='write', status='replace')
      write (unit, '(a)') '{'
      write (unit, '(3a)') '  "verdict": "', trim(merge('stable  ', 'unstable', outcome%stable)), '",'
      write (unit, '(3a)') '  "message": "', outcome%message, '",'
      write (unit, '(a, i0, a)') '  "iterations": ', outcome%iterations, ','
      write (unit, '(a)') '  "outputs": {'
      call put('surface_temperature', c%surface_temperature, outcome%stable)
      call put('surface_pressure', c%pressure(c%levels) / bar, outcome%stable)
      call put('surface_water', c%water(c%levels), outcome%stable)
      call put('water_column', water_column(climate, c), outcome%stable)
      call put('outgoing_longwave', outcome%state%outgoing, .true.)
      call put('absorbed_shortwave', outcome%state%absorbed, .true.)
      call put('planetary_albedo', 1.0_dp - outcome%state%absorbed / max(incident_flux(climate%planet), tiny(1.0_dp)), &
         incident_flux(climate%planet) > 0.0_dp)
      call put('energy_residual', outcome%state%surplus, .true.)
      call put('climate_feedback', outcome%feedback, outcome%stable)
      call put('tropopause_pressure', c%tropopause_pressure / bar, outcome%stable)
      call put('stratosphere_temperature', min(c%surface_temperature, &
         stratosphere_temperature(climate%planet, climate%settings)), outcome%stable)
      call put('co2_pressure', carbon / bar, .true.)
      call put('co2_saturation', carbon / co2_saturation(c%surface_temperature), outcome%stable, last=.true.)
      write (unit, '(a)') '  }'
      write (unit, '(a)') '}'
      close (unit)
      call publish(path)

   contains

      !> One output; null where it is unknown.
      subroutine put(name, value, known, last)
         character(len=*), intent(in) :: name
         real(dp), intent(in) :: value
         logical, intent(in) :: known
         logical, intent(in), optional :: last

         write (unit, '(3a)', advance='no') '    "', name, '": '
         if (known .and. ieee_is_finite(value)) then
            write (unit, '(a)', advance='no') number(value)
         else
            write (unit, '(a)', advance='no') 'null'
         end if
         if (present(last)) then
            write (unit, '(a)') ''
         else
            write (unit, '(a)') ','
         end if
      end subroutine put
   end subroutine write_json

   !> `value` with nine digits, without blanks; the exponent has three digits, so that no number is without its letter.
   pure function number(value) result(text)
      real(dp), intent(in) :: value
      character(len=:), allocatable :: text
      character(len=16) :: buffer

      write (buffer, '(es16.8e3)') value
      text = trim(adjustl(buffer))
   end function number

   !> Mass of water vapour above the surface, kg m-2.
   pure real(dp) function water_column(climate, c) result(mass)
      type(climate_t), intent(in) :: climate
      type(column_t), intent(in) :: c
      integer :: n

      n = c%levels
      associate (q => c%water * molar_mass(h2o) / c%molar_mass, p => c%pressure)
         mass = q(1) * p(1) + sum(power_law_integral(p(1:n - 1), q(1:n - 1), p(2:n), q(2:n)))
      end associate
      mass = mass / climate%settings%gravity
   end function water_column

   !> Gives the finished file its name.
   subroutine publish(path)
      character(len=*), intent(in) :: path

      if (c_rename(path//temporary//c_null_char, path//c_null_char) /= 0) call fail('cannot write '//path)
   end subroutine publish
end module results
