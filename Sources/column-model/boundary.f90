!> The species at the two boundaries of the column, and in the rain.
!>
!> - Fixed at the ground: O2, CH4, H2 and, from the climate, H2O. The flux that holds them is what the model finds.
!> - Deposition on ground and ocean, cm s-1: radicals 1; H2O2, H2CO and CH3OOH 0.2 and CO 0.03, as Atmos' modern Earth
!>   has them (the last after Hauglustaine et al. 1994, J. Geophys. Res. 99, 1173); O3 0.1, between that over land (0.4)
!>   and over the ocean (0.05; Hardacre et al. 2015, Atmos. Chem. Phys. 15, 6419).
!> - Emission of CO: a parameter of the point; today's 3.7e11 cm-2 s-1 (Seinfeld and Pandis 2006) unless given.
!> - Rain: H2O2, H2CO, CH3OOH and HO2 dissolve.
!> - Escape: hydrogen diffuses out with the limiting flux 2.5e13 cm-2 s-1 times its mixing ratio (Hunten 1973, J.
!>   Atmos. Sci. 30, 1481; Walker 1977), as H and H2 at the top; that in H2O and CH4 has been broken up below it.
module boundary
   use constants, only: dp
   use species
   implicit none
   private
   public :: deposition, dissolves, limiting_flux

   !> cm-2 s-1 per mixing ratio.
   real(dp), parameter :: limiting_flux = 2.5e13_dp

contains

   !> Deposition velocity, cm s-1.
   pure real(dp) function deposition(number)
      integer, intent(in) :: number

      select case (number)
      case (s_o, s_h, s_oh, s_ho2, s_hco)
         deposition = 1.0_dp
      case (s_h2o2, s_h2co, s_ch3ooh)
         deposition = 0.2_dp
      case (s_o3)
         deposition = 0.1_dp
      case (s_co)
         deposition = 0.03_dp
      case default
         deposition = 0.0_dp
      end select
   end function deposition

   !> Whether rain washes it out.
   pure logical function dissolves(number)
      integer, intent(in) :: number

      dissolves = any(number == [s_h2o2, s_h2co, s_ch3ooh, s_ho2])
   end function dissolves
end module boundary
