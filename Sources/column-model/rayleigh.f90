!> Rayleigh scattering by the gases of the column.
!>
!> sigma = 4.577e-21 cm2 (6 + 3 d) / (6 - 7 d) [A (1 + B / l^2)]^2 / l^4, l the wavelength in micrometres:
!> Vardavas and Carver (1984), Planet. Space Sci. 32, 1307, Eq. 26. Refraction A and B: Keady and Kilcrease (2000) in
!> Cox, Allen's Astrophysical Quantities, section 5; H2O 0.85 of air. Depolarisation d: N2 and O2 Penndorf (1957), CO2
!> Shemansky (1972), H2O Murphy (1977).
!> CH4, which the tables lack, scatters more than N2 by the square of the ratio of their polarisabilities (2.593 and
!> 1.7403 A^3, CRC Handbook of Chemistry and Physics, section 10).
module rayleigh
   use constants, only: dp, gases
   implicit none
   private
   public :: rayleigh_cross_section

   real(dp), parameter :: refraction(gases) = 1.0e-5_dp * [26.63_dp, 29.06_dp, 24.4_dp, 29.06_dp, 43.9_dp, 13.58_dp]
   real(dp), parameter :: dispersion(gases) = 1.0e-3_dp * [5.07_dp, 7.7_dp, 5.67_dp, 7.7_dp, 6.4_dp, 7.52_dp]
   real(dp), parameter :: depolarisation(gases) = [0.054_dp, 0.0305_dp, 0.000299_dp, 0.0305_dp, 0.0774_dp, 0.0_dp]
   real(dp), parameter :: enhancement(gases) = [1.0_dp, 1.0_dp, 1.0_dp, 2.22_dp, 1.0_dp, 1.0_dp]

contains

   !> Scattering cross-section of a molecule of `gas` at wavenumber `nu` (cm-1), m2.
   elemental real(dp) function rayleigh_cross_section(gas, nu) result(sigma)
      integer, intent(in) :: gas
      real(dp), intent(in) :: nu
      real(dp) :: inverse_square

      inverse_square = (nu * 1.0e-4_dp)**2
      sigma = 4.577e-25_dp * enhancement(gas) * inverse_square**2 &
         * (6.0_dp + 3.0_dp * depolarisation(gas)) / (6.0_dp - 7.0_dp * depolarisation(gas)) &
         * (refraction(gas) * (1.0_dp + dispersion(gas) * inverse_square))**2
   end function rayleigh_cross_section
end module rayleigh
