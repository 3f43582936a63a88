!> Absorption coefficients of thermal radiation, at a reference state, by wavenumber. `longwave_paths`, which adds up
!> the paths, has their dependence on pressure, temperature and composition.
!>
!> Sources
!> - Lines of H2O and CO2: the simple spectral model, in which a band's absorption falls off exponentially from its
!>   edge. Jeevanjee and Fueglistaler (2020), J. Atmos. Sci. 77, 479; constants of Williams (2026), J. Adv. Model.
!>   Earth Syst., doi:10.1029/2025MS005405, Table 1 and Eqs. 4 and 5, fitted to line-by-line spectra at 260 K and 500
!>   hPa. Williams cuts CO2's wings at 500 and 850 cm-1; here they continue, for atmospheres with much more CO2 than
!>   Earth's.
!> - Their dependence on temperature: the exponential wide band model, in which a band's width grows as T^(1/2), its
!>   strength is constant for a fundamental and grows as exp(-9 (100 K / T)^(1/2)) for the rotation band. Edwards
!>   (1976), Adv. Heat Transfer 12, 115; Modest (2013), Radiative Heat Transfer, Table 11.3. Its widths
!>   at 260 K, half of which is the e-folding distance, agree with Williams' (56, 45 and 10 against 56, 37 to 52 and
!>   12 cm-1).
!> - Continuum of H2O from 0 to 1750 cm-1: Roberts, Selby and Biberman (1976), Appl. Opt. 15, 2085, fitted to
!>   laboratory data from 400 to 1400 cm-1: (4.18 + 5578 exp(-0.00787 nu)) cm2 g-1 atm-1 at 296 K, and air counting
!>   0.002 of vapour. The lines are the stronger below and above that range.
!> - Continuum of H2O from 1750 cm-1 on: Pierrehumbert (2010), Principles of Planetary Climate, section 4.4, a fit to
!>   MT_CKD from 2100 to 3000 cm-1 at 296 K and 100 hPa of vapour; its edge values hold beyond that.
!> - Pressure-induced absorption of CO2: Pierrehumbert (2010), section 4.4, for 300 K and 100 hPa, after Kasting,
!>   Pollack and Crisp (1984), J. Atmos. Chem. 1, 403; from 25 to 450 and from 1150 to 1800 cm-1.
!> - Pressure-induced absorption of H2 with N2: band means of Borysow and Frommhold (1986), Astrophys. J. 303, 495.
module absorption
   use constants, only: dp, atmosphere
   implicit none
   private
   public :: water_lines, carbon_dioxide_lines, far_water_continuum, near_water_continuum
   public :: carbon_dioxide_continuum, hydrogen_nitrogen
   public :: line_pressure, continuum_pressure, hydrogen_temperature

   real(dp), parameter :: line_pressure = 5.0e4_dp         !< Pa, reference of the lines
   real(dp), parameter :: line_temperature = 260.0_dp      !< K
   real(dp), parameter :: continuum_pressure = 1.0e4_dp    !< Pa, reference of the continua
   real(dp), parameter :: continuum_split = 1750.0_dp      !< cm-1, between the two fits of H2O's

   ! H2-N2: upper ends of the intervals (cm-1), and 1e-6 cm-1 amagat-2 at three temperatures (K).
   integer, parameter :: intervals = 25
   real(dp), parameter :: hydrogen_temperature(3) = [200.0_dp, 250.0_dp, 300.0_dp]
   real(dp), parameter :: interval_end(intervals) = [40.0_dp, 100.0_dp, 160.0_dp, 220.0_dp, 280.0_dp, 330.0_dp, &
      380.0_dp, 440.0_dp, 495.0_dp, 545.0_dp, 617.0_dp, 667.0_dp, 720.0_dp, 800.0_dp, 875.0_dp, 940.0_dp, 1000.0_dp, &
      1065.0_dp, 1108.0_dp, 1200.0_dp, 1275.0_dp, 1350.0_dp, 1450.0_dp, 1550.0_dp, 1650.0_dp]
   real(dp), parameter :: hydrogen(intervals, 3) = reshape([ &
      0.434_dp, 2.027_dp, 2.916_dp, 2.248_dp, 1.941_dp, 3.577_dp, 7.418_dp, 5.504_dp, 4.191_dp, 8.772_dp, 24.569_dp, &
      18.232_dp, 8.438_dp, 4.465_dp, 4.071_dp, 1.727_dp, 1.102_dp, 1.531_dp, 1.018_dp, 0.399_dp, 0.143_dp, 0.0640_dp, &
      0.0259_dp, 0.0138_dp, 0.0181_dp, &
      0.323_dp, 1.628_dp, 2.686_dp, 2.371_dp, 2.079_dp, 3.155_dp, 5.522_dp, 4.620_dp, 4.339_dp, 8.898_dp, 21.372_dp, &
      16.937_dp, 8.819_dp, 5.353_dp, 5.020_dp, 2.497_dp, 2.011_dp, 2.956_dp, 2.108_dp, 0.899_dp, 0.361_dp, 0.1704_dp, &
      0.0742_dp, 0.0378_dp, 0.0251_dp, &
      0.254_dp, 1.350_dp, 2.454_dp, 2.413_dp, 2.171_dp, 2.885_dp, 4.452_dp, 4.070_dp, 4.359_dp, 8.598_dp, 18.519_dp, &
      15.432_dp, 8.838_dp, 5.913_dp, 5.617_dp, 3.212_dp, 3.031_dp, 4.454_dp, 3.339_dp, 1.553_dp, 0.703_dp, 0.3559_dp, &
      0.1738_dp, 0.0944_dp, 0.0435_dp], [intervals, 3])

contains

   !> Lines of H2O at temperature `t`, m2 kg-1 at `line_pressure` (Williams 2026, Eq. 4): the rotation band, the low
   !> and the high side of the 6.3 micrometre band.
   elemental real(dp) function water_lines(nu, t) result(kappa)
      real(dp), intent(in) :: nu, t
      real(dp) :: wider, rotation

      wider = sqrt(t / line_temperature)
      rotation = 37.0_dp * exp(-9.0_dp * (sqrt(100.0_dp / t) - sqrt(100.0_dp / line_temperature)))
      if (nu <= 200.0_dp) then
         kappa = rotation
      else if (nu <= 1000.0_dp) then
         kappa = rotation * exp(-(nu - 200.0_dp) / (56.0_dp * wider))
      else if (nu <= 1450.0_dp) then
         kappa = 5.0_dp * exp(-(1450.0_dp - nu) / (37.0_dp * wider))
      else if (nu <= 1700.0_dp) then
         kappa = 5.0_dp
      else
         kappa = 5.0_dp * exp(-(nu - 1700.0_dp) / (52.0_dp * wider))
      end if
      kappa = kappa / wider
   end function water_lines

   !> The 15 micrometre band of CO2 at temperature `t`, m2 kg-1 at `line_pressure` (Williams 2026, Eq. 5).
   elemental real(dp) function carbon_dioxide_lines(nu, t) result(kappa)
      real(dp), intent(in) :: nu, t
      real(dp) :: wider

      wider = sqrt(t / line_temperature)
      kappa = 110.0_dp / wider * exp(-abs(nu - 667.0_dp) / (12.0_dp * wider))
   end function carbon_dioxide_lines

   !> Continuum of H2O, m2 kg-1 at 296 K and `continuum_pressure` of vapour: nonzero below `continuum_split` cm-1.
   elemental real(dp) function far_water_continuum(nu) result(kappa)
      real(dp), intent(in) :: nu

      kappa = 0.0_dp
      if (nu < continuum_split) kappa = 0.1_dp * continuum_pressure / atmosphere &
         * (4.18_dp + 5578.0_dp * exp(-0.00787_dp * nu))
   end function far_water_continuum

   !> Continuum of H2O, likewise: nonzero above `continuum_split` cm-1.
   elemental real(dp) function near_water_continuum(nu) result(kappa)
      real(dp), intent(in) :: nu
      real(dp) :: x

      kappa = 0.0_dp
      if (nu < continuum_split) return
      x = min(max(nu, 2100.0_dp), 3000.0_dp) - 2500.0_dp
      kappa = exp(-6.0055_dp + x * (-0.0021363_dp + x * (6.4723e-7_dp + x * (-1.493e-8_dp &
         + x * (2.5621e-11_dp + x * 7.328e-14_dp)))))
   end function near_water_continuum

   !> Pressure-induced absorption of CO2 by air, m2 kg-1 at 300 K and `continuum_pressure`; by CO2 it is 1.3 of that.
   elemental real(dp) function carbon_dioxide_continuum(nu) result(kappa)
      real(dp), intent(in) :: nu

      kappa = 0.0_dp
      if (nu >= 25.0_dp .and. nu <= 450.0_dp) then
         kappa = exp(-8.853_dp + nu * (0.028534_dp + nu * (-0.00043194_dp + nu * (1.4349e-6_dp - nu * 1.5539e-9_dp))))
      else if (nu >= 1150.0_dp .and. nu <= 1800.0_dp) then
         kappa = exp(-537.09_dp + nu * (1.0886_dp + nu * (-0.0007566_dp + nu * (1.8863e-7_dp - nu * 8.2635e-12_dp))))
      end if
   end function carbon_dioxide_continuum

   !> Pressure-induced absorption of H2 with N2, m-1 amagat-2, at the temperature `hydrogen_temperature(which)`.
   elemental real(dp) function hydrogen_nitrogen(nu, which) result(coefficient)
      real(dp), intent(in) :: nu
      integer, intent(in) :: which
      integer :: i

      coefficient = 0.0_dp
      do i = 1, intervals
         if (nu <= interval_end(i)) then
            coefficient = 1.0e-4_dp * hydrogen(i, which)
            exit
         end if
      end do
   end function hydrogen_nitrogen
end module absorption
