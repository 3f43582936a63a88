!> Thermal radiation: fluxes of diffuse radiation in an absorbing, not scattering column, by wavenumber.
!>
!> Between two levels the Planck function is linear in optical depth, which makes the integral of Schwarzschild's
!> equation exact in each layer (Toon et al. 1989, J. Geophys. Res. 94, 16287, section 4). No radiation enters from
!> space, and the surface is black.
module longwave
   use constants, only: dp
   use absorption, only: water_lines, carbon_dioxide_lines, far_water_continuum, near_water_continuum, &
      carbon_dioxide_continuum, hydrogen_nitrogen
   use blackbody, only: planck_flux
   use column, only: column_t
   use longwave_paths, only: paths_t, trace_paths, absorbers, water_line_path, far_continuum_path, &
      near_continuum_path, co2_line_path, co2_continuum_path, hydrogen_path, line_temperatures, first_temperature, &
      temperature_step
   use planet, only: planet_t
   use settings, only: settings_t
   use wide_bands, only: wide_band, longwave_bands, mean_absorption, effective_depth
   implicit none
   private
   public :: longwave_t, prepare_longwave, outgoing_longwave, longwave_net_flux

   !> The data that do not depend on the column: the spectral grid and the coefficients on it.
   type :: longwave_t
      real(dp) :: spacing                          !< cm-1
      real(dp), allocatable :: nu(:)               !< cm-1, middles of equal intervals
      real(dp), allocatable :: kappa(:, :)         !< (absorbers, wavenumbers)
      type(wide_band), allocatable :: bands(:)
      real(dp), allocatable :: shape(:, :)         !< (bands, wavenumbers), cm
   end type longwave_t

   !> Below this depth a layer's radiation is that of its mean Planck function.
   real(dp), parameter :: thin = 1.0e-5_dp

contains

   subroutine prepare_longwave(s, lw)
      type(settings_t), intent(in) :: s
      type(longwave_t), intent(out) :: lw
      real(dp) :: t
      integer :: n, i, b

      n = max(1, nint(s%longwave_maximum / s%longwave_spacing))
      lw%spacing = s%longwave_maximum / real(n, dp)
      lw%bands = longwave_bands()
      allocate (lw%nu(n), lw%kappa(absorbers, n), lw%shape(size(lw%bands), n))
      do i = 1, n
         lw%nu(i) = (real(i, dp) - 0.5_dp) * lw%spacing
      end do
      do i = 0, line_temperatures - 1
         t = first_temperature + temperature_step * real(i, dp)
         lw%kappa(water_line_path + i, :) = water_lines(lw%nu, t)
         lw%kappa(co2_line_path + i, :) = carbon_dioxide_lines(lw%nu, t)
      end do
      lw%kappa(far_continuum_path, :) = far_water_continuum(lw%nu)
      lw%kappa(near_continuum_path, :) = near_water_continuum(lw%nu)
      lw%kappa(co2_continuum_path, :) = carbon_dioxide_continuum(lw%nu)
      do i = 1, 3
         lw%kappa(hydrogen_path + i - 1, :) = hydrogen_nitrogen(lw%nu, i)
      end do
      do b = 1, size(lw%bands)
         lw%shape(b, :) = mean_absorption(lw%bands(b), lw%nu)
      end do
   end subroutine prepare_longwave

   !> Flux to space, W m-2.
   real(dp) function outgoing_longwave(lw, p, s, c) result(flux)
      type(longwave_t), intent(in) :: lw
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      type(paths_t) :: paths
      real(dp) :: depth(c%levels), source(c%levels), transmission(c%levels), spectral, change
      integer :: k, i

      call trace_paths(p, c, s%gravity, lw%bands, paths)
      flux = 0.0_dp
      do k = 1, size(lw%nu)
         depth = optical_depth(lw, paths, k, c%levels)
         source = planck_flux(lw%nu(k), c%temperature)
         transmission = exp(-depth)
         spectral = source(1)
         do i = 1, c%levels - 1
            change = depth(i + 1) - depth(i)
            if (change < thin) then
               spectral = spectral + (source(i + 1) - source(i)) * 0.5_dp * (transmission(i) + transmission(i + 1))
            else
               spectral = spectral + (source(i + 1) - source(i)) * (transmission(i) - transmission(i + 1)) / change
            end if
            if (depth(i + 1) > 40.0_dp) exit
         end do
         flux = flux + spectral
      end do
      flux = flux * lw%spacing
   end function outgoing_longwave

   !> Net upward flux at every level, W m-2. Each layer's depth is the difference of the depths from space, which is
   !> exact for what adds up and an approximation for the wide bands.
   subroutine longwave_net_flux(lw, p, s, c, net)
      type(longwave_t), intent(in) :: lw
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      real(dp), intent(out) :: net(:)
      type(paths_t) :: paths
      real(dp) :: depth(c%levels), source(c%levels), up, down
      integer :: k, i

      call trace_paths(p, c, s%gravity, lw%bands, paths)
      net = 0.0_dp
      do k = 1, size(lw%nu)
         depth = optical_depth(lw, paths, k, c%levels)
         source = planck_flux(lw%nu(k), c%temperature)
         up = source(c%levels)
         net(c%levels) = net(c%levels) + up
         do i = c%levels - 1, 1, -1
            up = through_layer(up, depth(i + 1) - depth(i), source(i + 1), source(i))
            net(i) = net(i) + up
         end do
         down = source(1) * (1.0_dp - exp(-depth(1)))
         net(1) = net(1) - down
         do i = 2, c%levels
            down = through_layer(down, depth(i) - depth(i - 1), source(i - 1), source(i))
            net(i) = net(i) - down
         end do
      end do
      net = net * lw%spacing
   end subroutine longwave_net_flux

   !> Radiation that leaves a layer of optical depth `change` when `flux` enters it, where the source function is
   !> `enters` on the one side and `leaves` on the other.
   elemental real(dp) function through_layer(flux, change, enters, leaves)
      real(dp), intent(in) :: flux, change, enters, leaves
      real(dp) :: passed, mean

      passed = exp(-change)
      mean = 1.0_dp - 0.5_dp * change
      if (change > thin) mean = (1.0_dp - passed) / change
      through_layer = flux * passed + leaves - enters * passed + (enters - leaves) * mean
   end function through_layer

   !> Optical depth of diffuse radiation from space to each level at the `k`th wavenumber.
   pure function optical_depth(lw, paths, k, levels) result(depth)
      type(longwave_t), intent(in) :: lw
      type(paths_t), intent(in) :: paths
      integer, intent(in) :: k, levels
      real(dp) :: depth(levels)
      real(dp) :: amount
      integer :: i, b

      do i = 1, levels
         depth(i) = dot_product(lw%kappa(:, k), paths%amount(:, i))
      end do
      do b = 1, size(lw%bands)
         if (lw%shape(b, k) * paths%strength(b, levels) < 1.0e-6_dp) cycle
         do i = 1, levels
            amount = lw%shape(b, k) * paths%strength(b, i)
            if (amount > tiny(1.0_dp)) depth(i) = depth(i) + effective_depth(amount, paths%overlap(b, i))
         end do
      end do
   end function optical_depth
end module longwave
