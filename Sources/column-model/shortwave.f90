!> The star's radiation: what the column and the surface absorb of it.
!>
!> The star is a black body; half of the planet is lit under one zenith angle. Below 14286 cm-1 (0.7 micrometres)
!> H2O, CO2 and CH4 absorb; everywhere the gases scatter (`rayleigh`).
!>
!> - H2O: the k-distribution of Lacis and Hansen (1974), J. Atmos. Sci. 31, 118, Table 1, which sums up all
!>   its near-infrared bands in eight coefficients, with absorption proportional to pressure and T^(-1/2). Its first
!>   term (no absorption worth the name) covers the visible and the near-infrared windows, and is shared out
!>   accordingly. The same mixture is taken in every near-infrared interval.
!> - CO2 and CH4: `wide_bands`, averaged over each interval; they overlap with H2O at random.
!>
!> Left out: ozone, the bands of CO2 and CH4 shortward of 1.6 micrometres, clouds. The surface albedo, tuned on
!> today's Earth, stands for the first and the last.
module shortwave
   use constants, only: dp, gases, h2o, molar_mass, avogadro, atmosphere, solar_temperature, solar_constant
   use blackbody, only: blackbody_fraction_below, planck_flux
   use column, only: column_t
   use longwave_paths, only: band_paths
   use planet, only: planet_t
   use quadrature, only: power_law_integral
   use rayleigh, only: rayleigh_cross_section
   use settings, only: settings_t
   use two_stream, only: reflect_beam
   use wide_bands, only: wide_band, shortwave_bands, mean_absorption, effective_depth
   implicit none
   private
   public :: shortwave_t, prepare_shortwave, shortwave_net_flux, incident_flux

   ! Intervals, cm-1. The star's flux beyond the ends is counted with the outermost intervals.
   integer, parameter :: near_infrared = 10, intervals = 19
   real(dp), parameter :: edge(intervals + 1) = [2000.0_dp, 2850.0_dp, 3300.0_dp, 4000.0_dp, 4700.0_dp, 5600.0_dp, &
      7000.0_dp, 8500.0_dp, 10500.0_dp, 12500.0_dp, 14286.0_dp, 16000.0_dp, 18000.0_dp, 20000.0_dp, 22500.0_dp, &
      25000.0_dp, 28000.0_dp, 32000.0_dp, 38000.0_dp, 50000.0_dp]

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
   end type shortwave_t

contains

   !> The star's flux on the top of the column, as the global mean, W m-2.
   pure real(dp) function incident_flux(p)
      type(planet_t), intent(in) :: p

      incident_flux = 0.25_dp * solar_constant * p%insolation
   end function incident_flux

   subroutine prepare_shortwave(s, sw)
      type(settings_t), intent(in) :: s
      type(shortwave_t), intent(out) :: sw
      real(dp) :: nu(samples), weight(samples), infrared
      integer :: i, b, g

      sw%bands = shortwave_bands()
      allocate (sw%shape(size(sw%bands), samples, near_infrared))
      do i = 1, intervals
         sw%share(i) = blackbody_fraction_below(edge(i + 1), s%star_temperature) &
            - blackbody_fraction_below(edge(i), s%star_temperature)
         nu = edge(i) + (edge(i + 1) - edge(i)) * ([(real(b, dp), b=1, samples)] - 0.5_dp) / real(samples, dp)
         weight = planck_flux(nu, s%star_temperature)
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
      sw%share(1) = sw%share(1) + blackbody_fraction_below(edge(1), s%star_temperature)
      sw%share(intervals) = sw%share(intervals) + 1.0_dp - &
         blackbody_fraction_below(edge(intervals + 1), s%star_temperature)

      infrared = blackbody_fraction_below(edge(near_infrared + 1), solar_temperature)
      sw%near_infrared_share = water_share / infrared
      sw%near_infrared_share(1) = 1.0_dp - sum(sw%near_infrared_share(2:))
   end subroutine prepare_shortwave

   !> Net downward flux at every level, W m-2; the first is the absorbed flux.
   subroutine shortwave_net_flux(sw, p, s, c, net)
      type(shortwave_t), intent(in) :: sw
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      real(dp), intent(out) :: net(:)
      real(dp), dimension(c%levels - 1) :: water, wide, scattering
      real(dp) :: molecules(gases, c%levels - 1), part(c%levels)
      real(dp), allocatable :: strength(:, :), overlap(:, :)
      integer :: i, k

      allocate (strength(size(sw%bands), c%levels), overlap(size(sw%bands), c%levels))
      call band_paths(p, c, 1.0_dp / (s%zenith_cosine * s%gravity), sw%bands, strength, overlap)
      call count_molecules(p, s, c, molecules, water)
      net = 0.0_dp
      do i = 1, intervals
         scattering = matmul(sw%cross_section(:, i), molecules)
         if (i > near_infrared) then
            call reflect_beam(water_k(1) * water, scattering, s%zenith_cosine, s%surface_albedo, part)
            net = net + sw%share(i) * part
            cycle
         end if
         call wide_band_depths(sw, i, strength, overlap, wide)
         do k = 1, water_terms
            call reflect_beam(wide * s%zenith_cosine + water_k(k) * water, scattering, s%zenith_cosine, &
               s%surface_albedo, part)
            net = net + sw%share(i) * sw%near_infrared_share(k) * part
         end do
      end do
      net = net * incident_flux(p)
   end subroutine shortwave_net_flux

   !> Molecules of each gas (m-2) and the scaled amount of water (kg m-2) in each layer. The first layer has all the
   !> air above it too.
   pure subroutine count_molecules(p, s, c, molecules, water)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      real(dp), intent(out) :: molecules(:, :), water(:)
      real(dp) :: scaled(c%levels), thickness, x, mass, top
      integer :: i

      scaled = c%water * molar_mass(h2o) / c%molar_mass * c%pressure / atmosphere * sqrt(273.15_dp / c%temperature) &
         / s%gravity

      do i = 1, c%levels - 1
         top = merge(0.0_dp, c%pressure(i), i == 1)
         thickness = (c%pressure(i + 1) - top) / s%gravity
         x = 0.5_dp * (c%water(i) + c%water(i + 1))
         mass = 0.5_dp * (c%molar_mass(i) + c%molar_mass(i + 1))
         molecules(:, i) = thickness * avogadro / mass * (1.0_dp - x) * p%dry
         molecules(h2o, i) = thickness * avogadro / mass * x
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
