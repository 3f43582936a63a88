!> The air of the photochemistry: cells of equal steps in ln p from the ground to the mesosphere, with the
!> temperature and the water of the climate's column.
!>
!> - Mixing ratios are relative to the dry air, so that a gas without sources and sinks is also well mixed in moist
!>   air.
!> - Eddy diffusion: the composite profile of Massie and Hunten (1981), J. Geophys. Res. 86, 9859, Table 3 (0 to 50 km;
!>   its last value above), read from the tables of public models. Its altitudes are taken as pressures of the U.S.
!>   Standard Atmosphere, relative to that at 12 km, so that the slow mixing begins at each column's own tropopause.
!> - Nitrogen oxides (NO and NO2 together): rounded by hand from the climatology in Brasseur and Solomon (2005),
!>   Aeronomy of the Middle Atmosphere, chapter 5, and not checked against data. The lower troposphere's 40 ppt lie
!>   between clean and polluted air, and were chosen so that CH4 lives about ten years today.
module chemical_air
   use constants, only: dp, gases, o2, h2o, ch4, co2, h2, n2, boltzmann, gas_constant, molar_mass
   use chemistry_settings, only: chemistry_settings_t
   use column, only: column_t
   use planet, only: planet_t
   use saturation, only: water_saturation
   use settings, only: settings_t
   implicit none
   private
   public :: air_t, prepare_air

   !> Cell 1 is at the ground.
   type :: air_t
      integer :: cells = 0
      real(dp), allocatable :: pressure(:), temperature(:)  !< Pa, K
      real(dp), allocatable :: altitude(:)                  !< km
      real(dp), allocatable :: molecules(:), dry(:)         !< cm-3: of all air, and of it without water
      real(dp), allocatable :: thickness(:)                 !< cm
      real(dp), allocatable :: exchange(:)                  !< cm-2 s-1 between a cell and the next one, per mixing
                                                            !< ratio
      real(dp), allocatable :: water(:)                     !< the climate's, relative to dry air
      real(dp), allocatable :: saturated(:)                 !< the most that does not condense
      real(dp), allocatable :: nitrogen_oxides(:)           !< relative to dry air
      real(dp), allocatable :: troposphere(:)               !< share of the cell that lies in it, where the climate
                                                            !< decides on the water
      real(dp) :: cold_trap                                 !< mole fraction of water in the climate's stratosphere
      real(dp) :: composition(gases)                        !< of the dry air at the ground
   end type air_t

   ! Massie and Hunten: ln (p / p at 12 km) of 0, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 25, 30, 35, 40, 45 and 50
   ! km (pressures of the standard atmosphere in hPa), and cm2 s-1.
   integer, parameter :: eddies = 18
   real(dp), parameter :: eddy_pressure(eddies) = [1013.25_dp, 356.5_dp, 308.0_dp, 265.0_dp, 227.0_dp, 194.0_dp, &
      165.8_dp, 141.7_dp, 121.1_dp, 103.5_dp, 88.5_dp, 55.29_dp, 25.49_dp, 11.97_dp, 5.746_dp, 2.871_dp, 1.491_dp, &
      0.7978_dp]
   real(dp), parameter :: eddy_diffusion(eddies) = [1.0e5_dp, 1.0e5_dp, 1.0e5_dp, 8.0e4_dp, 3.0e4_dp, 1.7e4_dp, &
      8.0e3_dp, &
      5.8e3_dp, 4.6e3_dp, 4.0e3_dp, 3.9e3_dp, 4.6e3_dp, 8.5e3_dp, 1.43e4_dp, 2.3e4_dp, 4.0e4_dp, 6.7e4_dp, 1.12e5_dp]
   real(dp), parameter :: eddy_tropopause = 194.0_dp

   ! Nitrogen oxides: Pa and mole fraction.
   integer, parameter :: oxides = 11
   real(dp), parameter :: oxide_pressure(oxides) = [1.0e5_dp, 5.0e4_dp, 2.0e4_dp, 1.0e4_dp, 5.0e3_dp, 2.0e3_dp, &
      1.0e3_dp, 5.0e2_dp, 2.0e2_dp, 1.0e2_dp, 1.0e1_dp]
   real(dp), parameter :: oxide_fraction(oxides) = [4.0e-11_dp, 4.0e-11_dp, 8.0e-11_dp, 3.0e-10_dp, 1.0e-9_dp, &
      4.0e-9_dp, 9.0e-9_dp, 1.4e-8_dp, 1.5e-8_dp, 1.1e-8_dp, 3.0e-9_dp]

contains

   !> The air over the climate's column `c` of planet `p`, `warming` kelvin warmer above the tropopause.
   subroutine prepare_air(p, s, chem, c, warming, air)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(chemistry_settings_t), intent(in) :: chem
      type(column_t), intent(in) :: c
      real(dp), intent(in) :: warming(:)
      type(air_t), intent(inout) :: air
      real(dp), dimension(chem%cells) :: ln_p
      real(dp) :: step, x, mass, eddy, dry_mass, bottom, surface
      integer :: k, n

      n = chem%cells
      if (air%cells /= n) call allocate_cells(n, air)
      surface = c%pressure(c%levels)
      step = log(surface / chem%top_pressure) / real(n, dp)
      dry_mass = sum(p%dry * molar_mass)
      air%composition = p%dry
      air%cold_trap = c%cold_trap
      bottom = 0.0_dp
      do k = 1, n
         ln_p(k) = log(surface) - step * (real(k, dp) - 0.5_dp)
         air%pressure(k) = exp(ln_p(k))
         air%temperature(k) = along(c%pressure, c%temperature, air%pressure(k))
         x = along(c%pressure, c%water, air%pressure(k))
         air%water(k) = x / (1.0_dp - x)
         air%troposphere(k) = min(1.0_dp, max(0.0_dp, (ln_p(k) - log(c%tropopause_pressure)) / step + 0.5_dp))
         if (k == 1) air%troposphere(k) = 1.0_dp
         air%temperature(k) = air%temperature(k) + (1.0_dp - air%troposphere(k)) * warming(k)
         air%molecules(k) = 1.0e-6_dp * air%pressure(k) / (boltzmann * air%temperature(k))
         air%dry(k) = air%molecules(k) * (1.0_dp - x)
         mass = dry_mass + x * (molar_mass(h2o) - dry_mass)
         air%thickness(k) = 100.0_dp * gas_constant * air%temperature(k) / (mass * s%gravity) * step
         air%altitude(k) = 1.0e-5_dp * (bottom + 0.5_dp * air%thickness(k))
         bottom = bottom + air%thickness(k)
         x = min(0.5_dp, water_saturation(air%temperature(k)) / air%pressure(k))
         air%saturated(k) = x / (1.0_dp - x)
      end do
      air%nitrogen_oxides = chem%nitrogen_oxides * &
         exp(interpolate(-log(oxide_pressure), log(oxide_fraction), -ln_p))
      do k = 1, n - 1
         x = exp(0.5_dp * (ln_p(k) + ln_p(k + 1))) / c%tropopause_pressure
         eddy = first(exp(interpolate(-log(eddy_pressure / eddy_tropopause), log(eddy_diffusion), [-log(x)])))
         air%exchange(k) = eddy * sqrt(air%dry(k) * air%dry(k + 1)) &
            / (0.5_dp * (air%thickness(k) + air%thickness(k + 1)))
      end do
      air%exchange(n) = 0.0_dp
   end subroutine prepare_air

   subroutine allocate_cells(n, air)
      integer, intent(in) :: n
      type(air_t), intent(inout) :: air

      air%cells = n
      allocate (air%pressure(n), air%temperature(n), air%altitude(n), air%molecules(n), air%dry(n), air%thickness(n), &
         air%exchange(n), air%water(n), air%saturated(n), air%nitrogen_oxides(n), air%troposphere(n))
   end subroutine allocate_cells

   pure real(dp) function first(values)
      real(dp), intent(in) :: values(:)

      first = values(1)
   end function first

   !> The value at pressure `at` of what the climate's column has at its levels; its top's above.
   pure real(dp) function along(pressure, values, at) result(value)
      real(dp), intent(in) :: pressure(:), values(:), at

      value = first(interpolate(log(pressure), values, [log(at)]))
   end function along

   !> Linear between the points (x, y), x increasing; the outermost values beyond.
   pure function interpolate(x, y, at) result(value)
      real(dp), intent(in) :: x(:), y(:), at(:)
      real(dp) :: value(size(at)), fraction
      integer :: i, low, high, middle

      do i = 1, size(at)
         low = 1
         high = size(x)
         do while (high - low > 1)
            middle = (low + high) / 2
            if (x(middle) <= at(i)) then
               low = middle
            else
               high = middle
            end if
         end do
         fraction = min(1.0_dp, max(0.0_dp, (at(i) - x(low)) / (x(high) - x(low))))
         value(i) = y(low) + fraction * (y(high) - y(low))
      end do
   end function interpolate
end module chemical_air
