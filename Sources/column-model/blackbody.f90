!> Planck's law in wavenumbers (cm-1).
module blackbody
   use constants, only: dp, pi, planck_constant, light_speed, radiation_constant, solar_temperature
   implicit none
   private
   public :: planck_flux, blackbody_fraction_below, relative_brightness

   !> 2 pi h c^2 (100 cm-1 per m-1)^4: the flux (pi B) in W m-2 per cm-1 when the wavenumber is in cm-1.
   real(dp), parameter :: flux_constant = 2.0_dp * pi * planck_constant * light_speed**2 * 1.0e8_dp

contains

   !> pi B: the flux of a black surface of temperature `t` (K) at wavenumber `nu` (cm-1), W m-2 per cm-1.
   elemental real(dp) function planck_flux(nu, t)
      real(dp), intent(in) :: nu, t
      real(dp) :: decay

      decay = exp(-radiation_constant * nu / t)
      planck_flux = flux_constant * nu**3 * decay / (1.0_dp - decay)
   end function planck_flux

   !> Brightness of a star of temperature `t` at wavenumber `nu`, relative to the Sun's, if both are black bodies
   !> with the same total flux.
   elemental real(dp) function relative_brightness(nu, t)
      real(dp), intent(in) :: nu, t

      relative_brightness = planck_flux(nu, t) / planck_flux(nu, solar_temperature) * (solar_temperature / t)**4
   end function relative_brightness

   !> The share of a black body's flux that lies below the wavenumber `nu`: 1 minus the series of
   !> Chang and Rhee (1984), Int. Comm. Heat Mass Transfer 11, 451.
   pure real(dp) function blackbody_fraction_below(nu, t) result(fraction)
      real(dp), intent(in) :: nu, t
      real(dp) :: x, above, order
      integer :: n

      x = radiation_constant * nu / t
      above = 0.0_dp
      do n = 1, 200
         order = real(n, dp)
         if (order * x > 600.0_dp) exit
         above = above + exp(-order * x) * (x**3 / order + 3.0_dp * x**2 / order**2 &
            + 6.0_dp * x / order**3 + 6.0_dp / order**4)
      end do
      fraction = 1.0_dp - 15.0_dp / pi**4 * above
   end function blackbody_fraction_below
end module blackbody
