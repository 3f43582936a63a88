!> `profiles.csv`, the climate's column by level from the top down, and `chemistry.csv`, the mixing ratios by cell from
!> the ground up.
module profiles
   use constants, only: dp, h2o, molar_mass, specific_heat, seconds_per_day
   use column, only: column_t
   use coupling, only: run_t
   use energy_balance, only: climate_t
   use files, only: begin_file, publish, number
   use longwave, only: longwave_net_flux
   use saturation, only: water_saturation
   use shortwave, only: shortwave_net_flux
   use species, only: solved, name_of
   implicit none
   private
   public :: write_profiles

contains

   !> Writes both files: of the column `c`, and of the chemistry as far as there is one.
   subroutine write_profiles(run, c)
      type(run_t), intent(in) :: run
      type(column_t), intent(in) :: c

      call write_column(run%climate, c)
      call write_chemistry(run)
   end subroutine write_profiles

   subroutine write_column(climate, c)
      type(climate_t), intent(in) :: climate
      type(column_t), intent(in) :: c
      character(len=*), parameter :: path = 'profiles.csv'
      real(dp), dimension(c%levels) :: up, down, ozone_heat, heating_long, heating_short
      real(dp) :: humidity
      integer :: unit, i

      call longwave_net_flux(climate%longwave, climate%planet, climate%settings, c, up)
      call shortwave_net_flux(climate%shortwave, climate%planet, climate%settings, c, down, ozone_heat)
      up = up + ozone_heat
      heating_long = heating(climate, c, -up)
      heating_short = heating(climate, c, down)
      unit = begin_file(path)
      write (unit, '(a)') 'pressure (Pa),altitude (m),temperature (K),water (mole fraction),relative humidity (1),'// &
         'longwave net upward flux (W m-2),shortwave net downward flux (W m-2),'// &
         'longwave heating (K day-1),shortwave heating (K day-1),ozone (mole fraction)'
      do i = 1, c%levels
         humidity = c%water(i) * c%pressure(i) / water_saturation(c%temperature(i))
         write (unit, '(19a)') number(c%pressure(i)), ',', number(c%altitude(i)), ',', number(c%temperature(i)), ',', &
            number(c%water(i)), ',', number(humidity), ',', number(up(i)), ',', number(down(i)), ',', &
            number(heating_long(i)), ',', number(heating_short(i)), ',', number(c%ozone(i))
      end do
      call publish(unit, path)
   end subroutine write_column

   subroutine write_chemistry(run)
      type(run_t), intent(in) :: run
      character(len=*), parameter :: path = 'chemistry.csv'
      integer :: unit, i, k

      unit = begin_file(path)
      write (unit, '(*(a))') 'altitude (km),pressure (Pa),temperature (K)', &
         (','//trim(name_of(i))//' (per dry air)', i=1, solved)
      if (run%chemical) then
         associate (air => run%chemistry%problem%air)
            do k = 1, air%cells
               write (unit, '(*(a))') number(air%altitude(k)), ',', number(air%pressure(k)), ',', &
                  number(air%temperature(k)), (','//number(run%chemistry%f(i, k)), i=1, solved)
            end do
         end associate
      end if
      call publish(unit, path)
   end subroutine write_chemistry

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
end module profiles
