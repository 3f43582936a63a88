!> The star's radiation: what the column and the surface absorb of it.
!>
!> Half of the planet is lit under one zenith angle. Below 14286 cm-1 (0.7 micrometres) H2O, CO2 and CH4 absorb, above
!> it ozone; everywhere the gases scatter (`rayleigh`).
!>
!> - The Sun's flux: shares of the bins of Fast-J, version 7.6 (ASTM E490 scaled to 1360.8 W m-2), divided among
!>   narrower intervals like a black body's. Another star's differs from it as the two black bodies do.
!> - H2O: the k-distribution of Lacis and Hansen (1974), J. Atmos. Sci. 31, 118, Table 1, which sums up all
!>   its near-infrared bands in eight coefficients, with absorption proportional to pressure and T^(-1/2). Its first
!>   term (no absorption worth the name) covers the visible and the near-infrared windows, and is shared out
!>   accordingly. The same mixture is taken in every near-infrared interval.
!> - CO2 and CH4: `wide_bands`, averaged over each interval; they overlap with H2O at random.
!> - O3: the cross-sections of the photolysis at 258 K (`photolysis_data`).
!>
!> Left out: the bands of CO2 and CH4 shortward of 1.6 micrometres, clouds. The surface albedo, tuned on today's Earth,
!> stands for the latter.
module shortwave
   use constants, only: dp, gases, h2o, molar_mass, avogadro, atmosphere, solar_temperature, solar_constant
   use blackbody, only: blackbody_fraction_below, planck_flux, relative_brightness
   use column, only: column_t
   use longwave_paths, only: band_paths
   use photolysis_data, only: near, far, wavelength, ozone_near
   use planet, only: planet_t
   use quadrature, only: power_law_integral
   use rayleigh, only: rayleigh_cross_section
   use settings, only: settings_t
   use two_stream, only: reflect_beam
   use wide_bands, only: wide_band, shortwave_bands, mean_absorption, effective_depth
   implicit none
   private
   public :: shortwave_t, prepare_shortwave, shortwave_net_flux, incident_flux

   ! Intervals: of the near infrared and the visible by their edges (cm-1), of the ultraviolet by the bins of Fast-J.
   ! The star's flux below 2000 cm-1 is counted with the first.
   integer, parameter :: near_infrared = 10, edged = 16, ultraviolet = 9, intervals = edged + ultraviolet
   real(dp), parameter :: edge(edged + 1) = [2000.0_dp, 2850.0_dp, 3300.0_dp, 4000.0_dp, 4700.0_dp, 5600.0_dp, &
      7000.0_dp, 8500.0_dp, 10500.0_dp, 12500.0_dp, 14286.0_dp, 16000.0_dp, 18000.0_dp, 20619.0_dp, 22500.0_dp, &
      25000.0_dp, 28986.0_dp]
   !> W m-2 of the Sun in the groups of intervals that end with these ones, and in the ultraviolet ones. The first of
   !> these sums up Fast-J's first eight, from 177 to 230 nm, and takes the place of the last of them.
   integer, parameter :: group_end(0:3) = [0, 10, 13, 16]
   real(dp), parameter :: group_flux(3) = [728.23_dp, 372.75_dp, 214.84_dp]
   real(dp), parameter :: ultraviolet_flux(ultraviolet) = [0.363_dp, 4.678_dp, 2.918_dp, 2.016_dp, 3.876_dp, 4.866_dp, &
      3.091_dp, 5.494_dp, 22.15_dp]
   !> Bins of `photolysis_data` (beyond the far ones) whose ozone absorbs in the groups 2 and 3.
   integer, parameter :: visible_bin(2:3) = [18, 17]

   integer, parameter :: water_terms = 8
   !> Lacis and Hansen (1974), Table 1: k in m2 kg-1 at one atmosphere, and the share of the Sun's flux p(k).
   real(dp), parameter :: water_k(water_terms) = 0.1_dp * &
      [4.0e-5_dp, 0.002_dp, 0.035_dp, 0.377_dp, 1.95_dp, 9.40_dp, 44.6_dp, 190.0_dp]
   real(dp), parameter :: water_share(water_terms) = &
      [0.6470_dp, 0.0698_dp, 0.1443_dp, 0.0584_dp, 0.0335_dp, 0.0225_dp, 0.0158_dp, 0.0087_dp]

   integer, parameter :: samples = 24              !< wavenumbers per interval at which the wide bands are averaged

   type :: shortwave_t
      real(dp) :: share(intervals)                 !< of the star's flux
      real(dp) :: cross_section(gases, intervals)  !< Rayleigh, m2
      real(dp) :: near_infrared_share(water_terms) !< of H2O's coefficients among the near infrared
      type(wide_band), allocatable :: bands(:)
      real(dp), allocatable :: shape(:, :, :)      !< (bands, samples, near_infrared), cm
      real(dp) :: sample_share(samples, near_infrared)
      real(dp) :: ozone(intervals)                 !< absorption cross-section, m2
   end type shortwave_t

contains

   !> The star's flux on the top of the column, as the global mean, W m-2.
   pure real(dp) function incident_flux(p)
      type(planet_t), intent(in) :: p

      incident_flux = 0.25_dp * solar_constant * p%insolation
   end function incident_flux

   subroutine prepare_shortwave(p, sw)
      type(planet_t), intent(in) :: p
      type(shortwave_t), intent(out) :: sw
      integer :: i, b, group

      sw%bands = shortwave_bands()
      allocate (sw%shape(size(sw%bands), samples, near_infrared))
      do group = 1, 3
         call divide_group(group, p%star_temperature, sw)
      end do
      do i = 1, ultraviolet
         b = near - ultraviolet - 2 + i
         associate (nu => 1.0e7_dp / wavelength(far + b))
            sw%share(edged + i) = ultraviolet_flux(i) * relative_brightness(nu, p%star_temperature)
            sw%cross_section(:, edged + i) = [(rayleigh_cross_section(group, nu), group=1, gases)]
         end associate
         sw%ozone(edged + i) = 1.0e-4_dp * ozone_near(b, 2)
      end do
      sw%share = sw%share / sum(sw%share)

      sw%near_infrared_share = water_share / blackbody_fraction_below(edge(near_infrared + 1), solar_temperature)
      sw%near_infrared_share(1) = 1.0_dp - sum(sw%near_infrared_share(2:))
   end subroutine prepare_shortwave

   !> Fills in the intervals of `group` for a star of temperature `star`: flux, scattering, and samples of the bands.
   subroutine divide_group(group, star, sw)
      integer, intent(in) :: group
      real(dp), intent(in) :: star
      type(shortwave_t), intent(inout) :: sw
      real(dp) :: nu(samples), weight(samples), solar
      integer :: i, b, g

      solar = blackbody_fraction_below(edge(group_end(group) + 1), solar_temperature)
      if (group > 1) solar = solar - blackbody_fraction_below(edge(group_end(group - 1) + 1), solar_temperature)
      do i = group_end(group - 1) + 1, group_end(group)
         sw%share(i) = blackbody_fraction_below(edge(i + 1), star)
         if (i > 1) sw%share(i) = sw%share(i) - blackbody_fraction_below(edge(i), star)
         sw%share(i) = sw%share(i) * group_flux(group) / solar
         sw%ozone(i) = 0.0_dp
         if (group > 1) sw%ozone(i) = 1.0e-4_dp * ozone_near(visible_bin(group), 2)
         nu = edge(i) + (edge(i + 1) - edge(i)) * ([(real(b, dp), b=1, samples)] - 0.5_dp) / real(samples, dp)
         weight = planck_flux(nu, star)
         weight = weight / sum(weight)
         do g = 1, gases
            sw%cross_section(g, i) = sum(weight * rayleigh_cross_section(g, nu))
         end do
         if (i > near_infrared) cycle
         sw%sample_share(:, i) = weight
         do b = 1, size(sw%bands)
            sw%shape(b, :, i) = mean_absorption(sw%bands(b), nu)
         end do
      end do
   end subroutine divide_group

   !> Net downward flux at every level, W m-2; the first is the absorbed flux. Of it what ozone absorbs between the
   !> tropopause and each level, as `ozone_heat`.
   subroutine shortwave_net_flux(sw, p, s, c, net, ozone_heat)
      type(shortwave_t), intent(in) :: sw
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      real(dp), intent(out) :: net(:), ozone_heat(:)
      real(dp), dimension(c%levels - 1) :: water, wide, scattering, ozone
      real(dp) :: molecules(gases, c%levels - 1), part(c%levels)
      real(dp), allocatable :: strength(:, :), overlap(:, :)
      real(dp) :: visible(c%levels)
      integer :: i, k

      allocate (strength(size(sw%bands), c%levels), overlap(size(sw%bands), c%levels))
      call band_paths(p, c, 1.0_dp / (s%zenith_cosine * s%gravity), sw%bands, strength, overlap)
      call count_molecules(p, s, c, molecules, water, ozone)
      net = 0.0_dp
      visible = 0.0_dp
      do i = 1, intervals
         scattering = matmul(sw%cross_section(:, i), molecules)
         if (i > near_infrared) then
            call reflect_beam(water_k(1) * water + sw%ozone(i) * ozone, scattering, s%zenith_cosine, &
               s%surface_albedo, part)
            visible = visible + sw%share(i) * part
            cycle
         end if
         call wide_band_depths(sw, i, strength, overlap, wide)
         do k = 1, water_terms
            call reflect_beam(wide * s%zenith_cosine + water_k(k) * water, scattering, s%zenith_cosine, &
               s%surface_albedo, part)
            net = net + sw%share(i) * sw%near_infrared_share(k) * part
         end do
      end do
      net = (net + visible) * incident_flux(p)
      ozone_heat = max(0.0_dp, visible - at_tropopause(c, visible)) * incident_flux(p)
      where (c%pressure >= c%tropopause_pressure) ozone_heat = 0.0_dp
   end subroutine shortwave_net_flux

   !> The value at the tropopause of what has `values` at the levels, linear between them.
   pure real(dp) function at_tropopause(c, values)
      type(column_t), intent(in) :: c
      real(dp), intent(in) :: values(:)
      real(dp) :: share
      integer :: below

      below = max(2, count(c%pressure < c%tropopause_pressure) + 1)
      below = min(below, c%levels)
      share = (c%tropopause_pressure - c%pressure(below - 1)) / (c%pressure(below) - c%pressure(below - 1))
      share = min(1.0_dp, max(0.0_dp, share))
      at_tropopause = values(below - 1) + share * (values(below) - values(below - 1))
   end function at_tropopause

   !> Molecules of each gas and of ozone (m-2) and the scaled amount of water (kg m-2) in each layer. The first layer
   !> has all the air above it too.
   pure subroutine count_molecules(p, s, c, molecules, water, ozone)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      real(dp), intent(out) :: molecules(:, :), water(:), ozone(:)
      real(dp) :: scaled(c%levels), thickness, x, mass, top
      integer :: i

      scaled = c%water * molar_mass(h2o) / c%molar_mass * c%pressure / atmosphere * sqrt(273.15_dp / c%temperature) &
         / s%gravity

      water = 0.0_dp
      do i = 1, c%levels - 1
         top = merge(0.0_dp, c%pressure(i), i == 1)
         thickness = (c%pressure(i + 1) - top) / s%gravity
         x = 0.5_dp * (c%water(i) + c%water(i + 1))
         mass = 0.5_dp * (c%molar_mass(i) + c%molar_mass(i + 1))
         molecules(:, i) = thickness * avogadro / mass * (1.0_dp - x) * p%dry
         molecules(h2o, i) = thickness * avogadro / mass * x
         ozone(i) = thickness * avogadro / mass * 0.5_dp * (c%ozone(i) + c%ozone(i + 1))
         water(i) = power_law_integral(c%pressure(i), scaled(i), c%pressure(i + 1), scaled(i + 1))
      end do
      water(1) = water(1) + 0.5_dp * scaled(1) * c%pressure(1)
   end subroutine count_molecules

   !> Optical depth of each layer along the beam by the wide bands, averaged over the `i`th interval.
   pure subroutine wide_band_depths(sw, i, strength, overlap, depth)
      type(shortwave_t), intent(in) :: sw
      integer, intent(in) :: i
      real(dp), intent(in) :: strength(:, :), overlap(:, :)
      real(dp), intent(out) :: depth(:)
      real(dp) :: above, below
      integer :: level, b
      logical :: matters(size(sw%bands))

      depth = 0.0_dp
      do b = 1, size(sw%bands)
         matters(b) = maxval(sw%shape(b, :, i)) * strength(b, size(strength, 2)) > 1.0e-7_dp
      end do
      if (.not. any(matters)) return
      above = 0.0_dp                  ! the first layer has the air above it too
      do level = 2, size(strength, 2)
         below = mean_depth(sw, i, strength(:, level), overlap(:, level), matters)
         depth(level - 1) = max(0.0_dp, below - above)
         above = below
      end do
   end subroutine wide_band_depths

   !> Optical depth that has the transmission of the `i`th interval's mean, for a path of the given integrated
   !> strengths and overlaps; only the bands that `matters` says are counted.
   pure real(dp) function mean_depth(sw, i, strength, overlap, matters) result(depth)
      type(shortwave_t), intent(in) :: sw
      integer, intent(in) :: i
      real(dp), intent(in) :: strength(:), overlap(:)
      logical, intent(in) :: matters(:)
      real(dp) :: transmission, here, amount
      integer :: j, b

      transmission = 0.0_dp
      do j = 1, samples
         here = 0.0_dp
         do b = 1, size(sw%bands)
            if (.not. matters(b)) cycle
            amount = sw%shape(b, j, i) * strength(b)
            if (amount > tiny(1.0_dp)) here = here + effective_depth(amount, overlap(b))
         end do
         transmission = transmission + sw%sample_share(j, i) * exp(-here)
      end do
      depth = -log(max(transmission, 1.0e-200_dp))
   end function mean_depth
end module shortwave
