!> Saturation vapour pressures of water and carbon dioxide.
!>
!> Sources
!> - Water over liquid: Wagner and Pruss (1993), J. Phys. Chem. Ref. Data 22, 783, Eq. 1 (ITS-90), 273 to 647 K.
!> - Water over ice: Murphy and Koop (2005), Q. J. R. Meteorol. Soc. 131, 1539, Eq. 7, above 110 K.
!> - CO2 over liquid and over ice: Span and Wagner (1996), J. Phys. Chem. Ref. Data 25, 1509, Eqs. 3.13 and 3.12.
!>
!> - Between 250.16 K and the triple point a cloud has both phases, and the curve passes from the one to the other
!>   with the share of liquid ((T - 250.16 K) / 23 K)^2 (Tiedtke 1993, Mon. Weather Rev. 121, 3040, as in ECMWF's IFS).
!>   A sharp change of phase would put a corner into every adiabat.
!>
!> Logarithms are the primary form: far below the triple points the pressures themselves would underflow.
module saturation
   use constants, only: dp
   implicit none
   private
   public :: ln_water_saturation, water_saturation, water_saturation_slope
   public :: ln_co2_saturation, co2_saturation, co2_condensation_temperature

   real(dp), parameter :: water_triple = 273.16_dp, all_ice = 250.16_dp
   real(dp), parameter :: water_critical = 647.096_dp, ln_water_critical_pressure = log(22.064e6_dp)
   real(dp), parameter :: liquid(6) = [-7.85951783_dp, 1.84408259_dp, -11.7866497_dp, &
      22.6807411_dp, -15.9618719_dp, 1.80122502_dp]
   real(dp), parameter :: liquid_power(6) = [1.0_dp, 1.5_dp, 3.0_dp, 3.5_dp, 4.0_dp, 7.5_dp]

   real(dp), parameter :: co2_triple = 216.592_dp, ln_co2_triple_pressure = log(0.51795e6_dp)
   real(dp), parameter :: co2_critical = 304.1282_dp, ln_co2_critical_pressure = log(7.3773e6_dp)

contains

   !> Natural logarithm of water's saturation pressure (Pa) at `t` (K).
   pure real(dp) function ln_water_saturation(t) result(ln_p)
      real(dp), intent(in) :: t
      real(dp) :: share

      share = liquid_share(t)
      ln_p = 0.0_dp
      if (share > 0.0_dp) ln_p = share * ln_over_liquid(t)
      if (share < 1.0_dp) ln_p = ln_p + (1.0_dp - share) * ln_over_ice(t)
   end function ln_water_saturation

   !> Water's saturation pressure (Pa) at `t` (K).
   pure real(dp) function water_saturation(t)
      real(dp), intent(in) :: t

      water_saturation = exp(ln_water_saturation(t))
   end function water_saturation

   !> d ln p / d ln T along water's saturation curve: by Clausius and Clapeyron L / (R_v T), so that the latent heat
   !> of the adiabat agrees with the curve.
   pure real(dp) function water_saturation_slope(t) result(slope)
      real(dp), intent(in) :: t
      real(dp) :: share, tau, series, derivative

      share = liquid_share(t)
      slope = 0.0_dp
      if (share > 0.0_dp) then
         tau = max(1.0e-9_dp, 1.0_dp - t / water_critical)
         series = sum(liquid * tau**liquid_power)
         derivative = sum(liquid * liquid_power * tau**(liquid_power - 1.0_dp))
         slope = -share * ((water_critical / t) * series + derivative)
      end if
      if (share < 1.0_dp) slope = slope + (1.0_dp - share) * (5723.265_dp / t + 3.53068_dp - 0.00728332_dp * t)
      if (share > 0.0_dp .and. share < 1.0_dp) slope = slope + t * (ln_over_liquid(t) - ln_over_ice(t)) &
         * 2.0_dp * sqrt(share) / (water_triple - all_ice)
   end function water_saturation_slope

   !> The share of liquid in the condensate.
   pure real(dp) function liquid_share(t)
      real(dp), intent(in) :: t

      liquid_share = (min(max((t - all_ice) / (water_triple - all_ice), 0.0_dp), 1.0_dp))**2
   end function liquid_share

   pure real(dp) function ln_over_liquid(t) result(ln_p)
      real(dp), intent(in) :: t
      real(dp) :: tau

      tau = max(0.0_dp, 1.0_dp - t / water_critical)
      ln_p = ln_water_critical_pressure + (water_critical / t) * sum(liquid * tau**liquid_power)
   end function ln_over_liquid

   pure real(dp) function ln_over_ice(t) result(ln_p)
      real(dp), intent(in) :: t

      ln_p = 9.550426_dp - 5723.265_dp / t + 3.53068_dp * log(t) - 0.00728332_dp * t
   end function ln_over_ice

   !> Natural logarithm of CO2's saturation pressure (Pa) at `t` (K): over dry ice below the triple point.
   pure real(dp) function ln_co2_saturation(t) result(ln_p)
      real(dp), intent(in) :: t
      real(dp) :: tau

      if (t < co2_triple) then
         tau = 1.0_dp - t / co2_triple
         ln_p = ln_co2_triple_pressure + (co2_triple / t) * &
            (-14.740846_dp * tau + 2.4327015_dp * tau**1.9_dp - 5.3061778_dp * tau**2.9_dp)
      else
         tau = max(0.0_dp, 1.0_dp - t / co2_critical)
         ln_p = ln_co2_critical_pressure + (co2_critical / t) * &
            (-7.0602087_dp * tau + 1.9391218_dp * tau**1.5_dp - 1.6463597_dp * tau**2 - 3.2995634_dp * tau**4)
      end if
   end function ln_co2_saturation

   !> CO2's saturation pressure (Pa) at `t` (K).
   pure real(dp) function co2_saturation(t)
      real(dp), intent(in) :: t

      co2_saturation = exp(ln_co2_saturation(t))
   end function co2_saturation

   !> The temperature (K) at which CO2 of the partial pressure `p` (Pa) condenses: the inverse of the curves above by
   !> bisection. Above the critical pressure it is the critical temperature, and never below 40 K.
   pure real(dp) function co2_condensation_temperature(p) result(t)
      real(dp), intent(in) :: p
      real(dp) :: low, high, ln_p
      integer :: step

      low = 40.0_dp
      high = co2_critical
      t = low
      if (p <= co2_saturation(low)) return
      ln_p = log(p)
      do step = 1, 40
         t = 0.5_dp * (low + high)
         if (ln_co2_saturation(t) < ln_p) then
            low = t
         else
            high = t
         end if
      end do
   end function co2_condensation_temperature
end module saturation
