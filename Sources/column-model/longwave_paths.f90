!> Amounts of the absorbers of longwave radiation between space and each level, scaled to the reference states of
!> their absorption coefficients, so that an optical depth is a sum of coefficient times amount.
!>
!> - Lines: absorption grows with pressure, kappa p / p_ref (Jeevanjee and Fueglistaler 2020); collisions with
!>   H2O itself broaden its lines b times as much as those with air, b = 8.6 (100 K / T)^(1/2) + 0.5 (Edwards 1976;
!>   Modest 2013, Table 11.3). The amounts are shared out to the temperatures at which the coefficients are known.
!> - Continua: with the partner's pressure; H2O's with temperature as exp(1800 K (1 / T - 1 / 296 K)) below 1750 cm-1
!>   (Roberts et al. 1976) and (296 K / T)^4.25 above, CO2's as (300 K / T)^1.7 (Pierrehumbert 2010, section 4.4).
!> - H2 with N2: with the product of the two densities; its table's temperatures likewise.
!> - Wide bands: see `wide_bands`.
!> Paths are those of diffuse radiation: the vertical times the diffusivity factor 1.5 (Armstrong 1968, J. Quant.
!> Spectrosc. Radiat. Transfer 8, 1577), with which Williams (2026) fitted the lines.
module longwave_paths
   use constants, only: dp, h2o, co2, h2, n2, o3, molar_mass, gas_constant, loschmidt, boltzmann
   use absorption, only: line_pressure, continuum_pressure, hydrogen_temperature
   use column, only: column_t
   use planet, only: planet_t
   use quadrature, only: power_law_integral
   use wide_bands, only: wide_band, strength_and_overlap
   implicit none
   private
   public :: paths_t, trace_paths, band_paths, absorbers
   public :: water_line_path, far_continuum_path, near_continuum_path, co2_line_path, co2_continuum_path, hydrogen_path
   public :: line_temperatures, first_temperature, temperature_step

   real(dp), parameter :: diffusivity = 1.5_dp
   real(dp), parameter :: hydrogen_step = hydrogen_temperature(2) - hydrogen_temperature(1)

   ! Kinds of absorption that grow differently with pressure and composition.
   integer, parameter :: kinds = 6
   integer, parameter :: water_line = 1, co2_line = 2, hydrogen = 3, far_continuum = 4, near_continuum = 5, &
      co2_continuum = 6

   ! The absorbers that add up. Lines have one per temperature, 20 K apart, between which coefficients are linear.
   integer, parameter :: line_temperatures = 13
   real(dp), parameter :: first_temperature = 160.0_dp, temperature_step = 20.0_dp
   integer, parameter :: water_line_path = 1
   integer, parameter :: co2_line_path = water_line_path + line_temperatures
   integer, parameter :: hydrogen_path = co2_line_path + line_temperatures
   integer, parameter :: far_continuum_path = hydrogen_path + 3
   integer, parameter :: near_continuum_path = far_continuum_path + 1
   integer, parameter :: co2_continuum_path = near_continuum_path + 1
   integer, parameter :: absorbers = co2_continuum_path

   type :: paths_t
      real(dp), allocatable :: amount(:, :)        !< (absorbers, levels), kg m-2, or amagat2 m for H2-N2
      real(dp), allocatable :: strength(:, :)      !< (bands, levels), cm-1: integral of strength times amount
      real(dp), allocatable :: overlap(:, :)       !< (bands, levels): its mean line overlap
   end type paths_t

contains

   !> All the paths through column `c` of planet `p` under gravity `gravity` (m s-2).
   subroutine trace_paths(p, c, gravity, bands, paths)
      type(planet_t), intent(in) :: p
      type(column_t), intent(in) :: c
      real(dp), intent(in) :: gravity
      type(wide_band), intent(in) :: bands(:)
      type(paths_t), intent(inout) :: paths
      real(dp) :: above(kinds), here(kinds), layer(kinds)
      integer :: i

      if (.not. allocated(paths%amount)) allocate (paths%amount(absorbers, c%levels), &
         paths%strength(size(bands), c%levels), paths%overlap(size(bands), c%levels))
      do i = 1, c%levels
         here = path_density(p, c, i) * diffusivity / gravity
         if (i == 1) then
            ! The air above the first level is like that at it; absorption that grows with pressure averages to half.
            paths%amount(:, 1) = share_out(0.5_dp * here * c%pressure(1), c%temperature(1), c%temperature(1))
         else
            layer = power_law_integral(c%pressure(i - 1), above, c%pressure(i), here)
            paths%amount(:, i) = paths%amount(:, i - 1) + share_out(layer, c%temperature(i - 1), c%temperature(i))
         end if
         above = here
      end do
      call band_paths(p, c, diffusivity / gravity, bands, paths%strength, paths%overlap)
   end subroutine trace_paths

   !> Scaled amounts per mass of air at level `i`, one per kind of absorption.
   pure function path_density(p, c, i) result(density)
      type(planet_t), intent(in) :: p
      type(column_t), intent(in) :: c
      integer, intent(in) :: i
      real(dp) :: density(kinds)
      real(dp) :: pressure, t, x_co2, water, carbon, air, number

      pressure = c%pressure(i)
      t = c%temperature(i)
      x_co2 = p%dry(co2) * (1.0_dp - c%water(i))
      water = c%water(i) * molar_mass(h2o) / c%molar_mass(i)
      carbon = x_co2 * molar_mass(co2) / c%molar_mass(i)
      number = pressure / (boltzmann * t * loschmidt)              ! amagat
      air = pressure * c%molar_mass(i) / (gas_constant * t)        ! kg m-3

      density(water_line) = water * pressure / line_pressure * (1.0_dp + self_broadening(t) * c%water(i))
      density(co2_line) = carbon * pressure / line_pressure
      density(hydrogen) = (1.0_dp - c%water(i))**2 * p%dry(h2) * p%dry(n2) * number**2 / air
      density(far_continuum) = water * (c%water(i) + 0.002_dp * (1.0_dp - c%water(i))) &
         * pressure / continuum_pressure * exp(1800.0_dp * (1.0_dp / t - 1.0_dp / 296.0_dp))
      density(near_continuum) = water * c%water(i) * pressure / continuum_pressure * (296.0_dp / t)**4.25_dp
      density(co2_continuum) = carbon * (1.0_dp + 0.3_dp * x_co2) * pressure / continuum_pressure &
         * (300.0_dp / t)**1.7_dp
   end function path_density

   !> The amounts `layer` of each kind, as amounts of the absorbers: by the temperatures at the layer's two ends.
   pure function share_out(layer, t_above, t_below) result(amount)
      real(dp), intent(in) :: layer(kinds), t_above, t_below
      real(dp) :: amount(absorbers)
      real(dp) :: weight(line_temperatures)

      weight = 0.5_dp * (hat_functions(t_above, first_temperature, temperature_step) &
         + hat_functions(t_below, first_temperature, temperature_step))
      amount(water_line_path:co2_line_path - 1) = weight * layer(water_line)
      amount(co2_line_path:hydrogen_path - 1) = weight * layer(co2_line)
      weight = 0.5_dp * (hat_functions(t_above, hydrogen_temperature(1), hydrogen_step) &
         + hat_functions(t_below, hydrogen_temperature(1), hydrogen_step))
      amount(hydrogen_path:hydrogen_path + 1) = weight(1:2) * layer(hydrogen)
      amount(hydrogen_path + 2) = sum(weight(3:)) * layer(hydrogen)
      amount(far_continuum_path) = layer(far_continuum)
      amount(near_continuum_path) = layer(near_continuum)
      amount(co2_continuum_path) = layer(co2_continuum)
   end function share_out

   !> How much more a collision with H2O broadens its lines than one with air: b - 1 with Edwards' b of H2O.
   elemental real(dp) function self_broadening(t)
      real(dp), intent(in) :: t

      self_broadening = 8.6_dp * sqrt(100.0_dp / t) - 0.5_dp
   end function self_broadening

   !> Weights of linear interpolation at `t` between temperatures `step` apart from `first` on; the last one's and the
   !> first one's coefficients hold beyond them.
   pure function hat_functions(t, first, step) result(w)
      real(dp), intent(in) :: t, first, step
      real(dp) :: w(line_temperatures)
      real(dp) :: place
      integer :: below

      place = min(max((t - first) / step, 0.0_dp), real(line_temperatures - 1, dp))
      below = min(int(place) + 1, line_temperatures - 1)
      w = 0.0_dp
      w(below + 1) = place - real(below - 1, dp)
      w(below) = 1.0_dp - w(below + 1)
   end function hat_functions

   !> Integrated strength and mean overlap of each wide band between space and each level; `factor` is the path's
   !> slant over gravity.
   subroutine band_paths(p, c, factor, bands, strength, overlap)
      type(planet_t), intent(in) :: p
      type(column_t), intent(in) :: c
      real(dp), intent(in) :: factor
      type(wide_band), intent(in) :: bands(:)
      real(dp), intent(out) :: strength(:, :), overlap(:, :)
      real(dp) :: x, alpha, beta, here, above, weighted, total, mean
      integer :: b, i

      do b = 1, size(bands)
         total = 0.0_dp
         weighted = 0.0_dp
         above = 0.0_dp
         mean = 0.0_dp
         do i = 1, c%levels
            if (bands(b)%gas == o3) then
               x = c%ozone(i)
            else
               x = p%dry(bands(b)%gas) * (1.0_dp - c%water(i))
            end if
            call strength_and_overlap(bands(b), c%pressure(i), c%temperature(i), x, alpha, beta)
            here = factor * alpha * x * bands(b)%molar_mass / c%molar_mass(i)
            if (i == 1) then
               total = here * c%pressure(1)
               weighted = total * beta
            else
               total = total + power_law_integral(c%pressure(i - 1), above, c%pressure(i), here)
               weighted = weighted + power_law_integral(c%pressure(i - 1), above * mean, c%pressure(i), here * beta)
            end if
            strength(b, i) = total
            overlap(b, i) = beta
            if (total > tiny(1.0_dp)) overlap(b, i) = weighted / total
            above = here
            mean = beta
         end do
      end do
   end subroutine band_paths
end module longwave_paths
