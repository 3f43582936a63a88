!> Rates at which light breaks up molecules, in a column of cells that absorb and scatter.
!>
!> Actinic fluxes by two streams (`two_stream`) from 177 nm on, by Beer's law below, where scattering is negligible; of
!> each cell the logarithmic mean between its two faces, which is exact for exponential decay. One zenith angle, and the
!> share of the planet that is lit under it so that the mean insolation is a quarter of the star's flux.
!>
!> The star. Photons below 175 nm come from a chromosphere, not from the photosphere: of another star they grow with
!> the insolation alone. From 177 nm on they grow with the ratio of the two black bodies as well. A point can scale
!> all those below 200 nm by `ultraviolet`, since stars of one temperature differ in them a hundredfold.
module photolysis
   use constants, only: dp, gases, o2, h2o, ch4, co2, planck_constant, light_speed
   use blackbody, only: relative_brightness
   use photolysis_data
   use rayleigh, only: rayleigh_cross_section
   use two_stream, only: reflect_beam
   implicit none
   private
   public :: light_t, prepare_light, photolysis_rates

   !> The star's light on a planet, and how its surface reflects it.
   type :: light_t
      real(dp) :: photons(bins)                  !< cm-2 s-1 on a plane towards the star
      real(dp) :: scattering(gases, bins)        !< cm2
      real(dp) :: zenith_cosine, albedo, lit     !< `lit`: share of the planet
   end type light_t

contains

   !> The light of a star of `temperature` (K) at `insolation` (relative to the Earth's).
   subroutine prepare_light(insolation, temperature, ultraviolet, zenith_cosine, albedo, light)
      real(dp), intent(in) :: insolation, temperature, ultraviolet, zenith_cosine, albedo
      type(light_t), intent(out) :: light
      integer :: i, g

      light%zenith_cosine = zenith_cosine
      light%lit = 0.25_dp / zenith_cosine
      light%albedo = albedo
      do i = 1, bins
         light%photons(i) = solar_photons(i) * insolation
         if (i > far) light%photons(i) = light%photons(i) * relative_brightness(1.0e7_dp / wavelength(i), temperature)
         if (wavelength(i) < 200.0_dp) light%photons(i) = light%photons(i) * ultraviolet
         do g = 1, gases
            light%scattering(g, i) = 0.0_dp
            if (i > far) light%scattering(g, i) = 1.0e4_dp * rayleigh_cross_section(g, 1.0e7_dp / wavelength(i))
         end do
      end do
   end subroutine prepare_light

   !> Rates (s-1) by channel and cell, averaged over day and night.
   !> - temperature: of each cell from the ground up, K
   !> - air: molecules of each gas in each cell, cm-2, in the order of `constants`; ozone: those of O3
   subroutine photolysis_rates(light, temperature, air, ozone, j)
      type(light_t), intent(in) :: light
      real(dp), intent(in) :: temperature(:), air(:, :), ozone(:)
      real(dp), intent(out) :: j(:, :)
      real(dp), dimension(size(temperature)) :: actinic, oxygen, ozone_section, excited
      integer :: i

      j = 0.0_dp
      do i = 1, far
         oxygen = oxygen_far(i)
         call shine(i, air(o2, :) * oxygen + air(ch4, :) * methane(i))
         j(j_o2_excited, :) = j(j_o2_excited, :) + oxygen * actinic
         j(j_ch4, :) = j(j_ch4, :) + methane(i) * actinic
      end do
      do i = 1, near
         oxygen = interpolate(oxygen_temperature, oxygen_near(i, :), temperature)
         ozone_section = interpolate(ozone_temperature, ozone_near(i, :), temperature)
         call shine(far + i, air(o2, :) * oxygen + ozone * ozone_section)
         j(j_o2, :) = j(j_o2, :) + oxygen * actinic
         excited = interpolate(ozone_temperature, excited_share(i, :), temperature)
         j(j_o3, :) = j(j_o3, :) + ozone_section * (1.0_dp - excited) * actinic
         j(j_o3_excited, :) = j(j_o3_excited, :) + ozone_section * excited * actinic
         j(j_ozone_heat, :) = j(j_ozone_heat, :) + ozone_section * actinic &
            * planck_constant * light_speed / (1.0e-9_dp * wavelength(far + i))
         j(j_h2o2, :) = j(j_h2o2, :) + interpolate(warm_pair, peroxide(i, :), temperature) * actinic
         j(j_no2, :) = j(j_no2, :) + interpolate(warm_pair, nitrogen_dioxide(i, :), temperature) * actinic
         j(j_ch3ooh, :) = j(j_ch3ooh, :) + methyl_peroxide(i) * actinic
         j(j_h2co_radical, :) = j(j_h2co_radical, :) + formaldehyde_radical(i) * actinic
         j(j_h2co_molecular, :) = j(j_h2co_molecular, :) + formaldehyde_molecular(i) * actinic
      end do

   contains

      !> The actinic flux of bin `bin`, in which H2O and CO2 absorb in addition to depth `others`; and what it does to
      !> the two.
      subroutine shine(bin, others)
         integer, intent(in) :: bin
         real(dp), intent(in) :: others(:)
         integer :: channel

         actinic = light%lit * light%photons(bin) * actinic_flux(light, bin, &
            others + water_vapour(bin) * air(h2o, :) + carbon_dioxide(bin) * air(co2, :), air)
         j(j_h2o, :) = j(j_h2o, :) + water_vapour(bin) * actinic
         channel = merge(j_co2_excited, j_co2, wavelength(bin) < carbon_dioxide_excited)
         j(channel, :) = j(channel, :) + carbon_dioxide(bin) * actinic
      end subroutine shine
   end subroutine photolysis_rates

   !> Actinic flux in each cell from the ground up, relative to the flux on a plane towards the star.
   function actinic_flux(light, i, absorbing, air) result(mean)
      type(light_t), intent(in) :: light
      integer, intent(in) :: i
      real(dp), intent(in) :: absorbing(:), air(:, :)
      real(dp) :: mean(size(absorbing))
      real(dp) :: flux(size(absorbing) + 1), net(size(absorbing) + 1)
      integer :: k, n

      n = size(absorbing)
      if (i <= far) then
         flux(1) = 1.0_dp
         do k = 1, n
            flux(k + 1) = flux(k) * exp(-min(700.0_dp, absorbing(n + 1 - k) / light%zenith_cosine))
         end do
      else
         call reflect_beam(absorbing(n:1:-1), matmul(light%scattering(:, i), air(:, n:1:-1)), light%zenith_cosine, &
            light%albedo, net, flux)
         flux = flux * light%zenith_cosine
      end if
      do k = 1, n
         mean(n + 1 - k) = logarithmic_mean(flux(k), flux(k + 1))
      end do
   end function actinic_flux

   !> (a - b) / ln(a / b); zero if there is almost no light.
   elemental real(dp) function logarithmic_mean(a, b) result(mean)
      real(dp), intent(in) :: a, b
      real(dp), parameter :: darkness = 1.0e-30_dp

      if (a < darkness .or. b < darkness) then
         mean = 0.0_dp
      else if (abs(a - b) < 1.0e-4_dp * a) then
         mean = 0.5_dp * (a + b)
      else
         mean = (a - b) / log(a / b)
      end if
   end function logarithmic_mean

   !> Linear in `values` between the `temperatures`; the outermost ones beyond.
   pure function interpolate(temperatures, values, t) result(section)
      real(dp), intent(in) :: temperatures(:), values(:), t(:)
      real(dp) :: section(size(t)), fraction
      integer :: k, i

      do k = 1, size(t)
         i = 1
         if (size(temperatures) > 2) i = merge(2, 1, t(k) > temperatures(2))
         fraction = min(1.0_dp, max(0.0_dp, (t(k) - temperatures(i)) / (temperatures(i + 1) - temperatures(i))))
         section(k) = values(i) + fraction * (values(i + 1) - values(i))
      end do
   end function interpolate
end module photolysis
