!> The reactions of the photochemistry and their rate constants.
!>
!> Sources, as marked behind each
!> - J: Burkholder et al. (2015), Chemical Kinetics and Photochemical Data for Use in Atmospheric Studies, Evaluation
!>   18, JPL Publication 15-10; three-body ones by its Eq. (2.1), with a broadening of 0.6.
!> - B: Baulch et al. (1992), J. Phys. Chem. Ref. Data 21, 411, and (1994) 23, 847.
!> - C: Campbell and Gray (1973), Chem. Phys. Lett. 18, 607.
!> - I: Inn (1974), J. Chem. Phys. 61, 1589.
!>
!> Simplified: CH3O, which reacts with O2 or falls apart at once, is written as its product H2CO and the H that makes
!> HO2 of O2; NO and NO2 lose nothing to HNO3, since their sum is prescribed; C2H6 and higher hydrocarbons are omitted.
!>
!> To add a reaction: one more line in `list_reactions`, and one more in the total. An equation that does not balance is
!> refused when the program starts.
module reactions
   use constants, only: dp
   use failure, only: fail
   use photolysis_data, only: j_o2, j_o2_excited, j_o3, j_o3_excited, j_h2o, j_co2, j_co2_excited, j_ch4, j_h2o2, &
      j_ch3ooh, &
      j_h2co_radical, j_h2co_molecular, j_no2
   use species, only: atoms_of, species_number, s_m
   implicit none
   private
   public :: reaction_t, list_reactions, rate_constants, total

   integer, parameter :: total = 66

   ! Forms of a rate constant.
   integer, parameter :: arrhenius = 1, low_pressure = 2, falloff = 3, carbon_monoxide = 4, peroxy = 5, light = 6

   type :: reaction_t
      integer :: form = 0
      integer :: reactant(2) = 0       !< species; the second is 0 for one that falls apart
      integer :: product(5) = 0        !< species, M left out
      integer :: products = 0
      integer :: channel = 0           !< of photolysis
      real(dp) :: a(4) = 0.0_dp        !< parameters of the form
   end type reaction_t

contains

   !> All reactions. With `chapman` those among O, O(1D), O2 and O3 alone.
   subroutine list_reactions(chapman, list)
      logical, intent(in) :: chapman
      type(reaction_t), allocatable, intent(out) :: list(:)
      integer :: n

      allocate (list(total))
      n = 0
      ! Oxygen
      call add('O + O2 + M = O3 + M', low_pressure, 6.0e-34_dp, 2.4_dp)                              ! J
      call add('O + O3 = O2 + O2', arrhenius, 8.0e-12_dp, 2060.0_dp)                                 ! J
      call add('O + O + M = O2 + M', low_pressure, 9.46e-34_dp, 0.0_dp, -485.0_dp)                   ! C
      call add('O1D + N2 = O + N2', arrhenius, 2.15e-11_dp, -110.0_dp)                               ! J
      call add('O1D + O2 = O + O2', arrhenius, 3.3e-11_dp, -55.0_dp)                                 ! J
      call add('O1D + CO2 = O + CO2', arrhenius, 7.5e-11_dp, -115.0_dp)                              ! J
      call add('O1D + O3 = O2 + O2', arrhenius, 1.2e-10_dp)                                          ! J
      call add('O1D + O3 = O2 + O + O', arrhenius, 1.2e-10_dp)                                       ! J
      call add('O2 + hv = O + O', light, channel=j_o2)
      call add('O2 + hv = O + O1D', light, channel=j_o2_excited)
      call add('O3 + hv = O2 + O', light, channel=j_o3)
      call add('O3 + hv = O2 + O1D', light, channel=j_o3_excited)
      if (chapman) then
         list = list(:n)
         return
      end if
      ! Hydrogen
      call add('O1D + H2O = OH + OH', arrhenius, 1.63e-10_dp, -60.0_dp)                              ! J
      call add('O1D + H2 = OH + H', arrhenius, 1.2e-10_dp)                                           ! J
      call add('H + O2 + M = HO2 + M', falloff, 4.4e-32_dp, 1.3_dp, 7.5e-11_dp, -0.2_dp)             ! J
      call add('H + O3 = OH + O2', arrhenius, 1.4e-10_dp, 470.0_dp)                                  ! J
      call add('H + HO2 = OH + OH', arrhenius, 7.2e-11_dp)                                           ! J
      call add('H + HO2 = H2O + O', arrhenius, 1.6e-12_dp)                                           ! J
      call add('H + HO2 = H2 + O2', arrhenius, 6.9e-12_dp)                                           ! J
      call add('H + H + M = H2 + M', low_pressure, 8.85e-33_dp, 0.6_dp)                              ! B
      call add('H + OH + M = H2O + M', low_pressure, 6.8e-31_dp, 2.0_dp)                             ! B
      call add('O + OH = O2 + H', arrhenius, 1.8e-11_dp, -180.0_dp)                                  ! J
      call add('O + HO2 = OH + O2', arrhenius, 3.0e-11_dp, -200.0_dp)                                ! J
      call add('O + H2O2 = OH + HO2', arrhenius, 1.4e-12_dp, 2000.0_dp)                              ! J
      call add('O + H2 = OH + H', arrhenius, 9.0e-12_dp, 4570.0_dp)                                  ! B
      call add('OH + O3 = HO2 + O2', arrhenius, 1.7e-12_dp, 940.0_dp)                                ! J
      call add('OH + OH = H2O + O', arrhenius, 1.8e-12_dp)                                           ! J
      call add('OH + OH + M = H2O2 + M', falloff, 6.9e-31_dp, 1.0_dp, 2.6e-11_dp, 0.0_dp)            ! J
      call add('OH + HO2 = H2O + O2', arrhenius, 4.8e-11_dp, -250.0_dp)                              ! J
      call add('OH + H2O2 = H2O + HO2', arrhenius, 1.8e-12_dp)                                       ! J
      call add('OH + H2 = H2O + H', arrhenius, 2.8e-12_dp, 1800.0_dp)                                ! J
      call add('HO2 + O3 = OH + O2 + O2', arrhenius, 1.0e-14_dp, 490.0_dp)                           ! J
      call add('HO2 + HO2 = H2O2 + O2', peroxy)                                                      ! J
      call add('H2O + hv = H + OH', light, channel=j_h2o)
      call add('H2O2 + hv = OH + OH', light, channel=j_h2o2)
      ! Carbon monoxide and dioxide
      call add('CO + OH = CO2 + H', carbon_monoxide)                                                 ! J
      call add('CO + O + M = CO2 + M', low_pressure, 2.2e-33_dp, 0.0_dp, 1780.0_dp)                  ! I
      call add('H + CO + M = HCO + M', low_pressure, 5.3e-34_dp, 0.0_dp, 370.0_dp)                   ! B
      call add('CO2 + hv = CO + O', light, channel=j_co2)
      call add('CO2 + hv = CO + O1D', light, channel=j_co2_excited)
      ! Methane's oxidation
      call add('CH4 + OH = CH3 + H2O', arrhenius, 2.45e-12_dp, 1775.0_dp)                            ! J
      call add('CH4 + O1D = CH3 + OH', arrhenius, 1.31e-10_dp)                                       ! J
      call add('CH4 + O1D = H2CO + H + H', arrhenius, 0.35e-10_dp)                                   ! J
      call add('CH4 + O1D = H2CO + H2', arrhenius, 0.09e-10_dp)                                      ! J
      call add('CH4 + hv = CH3 + H', light, channel=j_ch4)
      call add('CH3 + H + M = CH4 + M', falloff, 6.2e-29_dp, 1.8_dp, 3.5e-10_dp, 0.0_dp)             ! B
      call add('CH3 + O2 + M = CH3O2 + M', falloff, 4.0e-31_dp, 3.6_dp, 1.2e-12_dp, -1.1_dp)         ! J
      call add('CH3 + O = H2CO + H', arrhenius, 1.1e-10_dp)                                          ! J
      call add('CH3 + O3 = H2CO + H + O2', arrhenius, 5.4e-12_dp, 220.0_dp)                          ! J
      call add('CH3O2 + NO = H2CO + H + NO2', arrhenius, 2.8e-12_dp, -300.0_dp)                      ! J
      call add('CH3O2 + HO2 = CH3OOH + O2', arrhenius, 4.1e-13_dp, -750.0_dp)                        ! J
      call add('CH3O2 + CH3O2 = H2CO + H2CO + H + H + O2', arrhenius, 9.5e-14_dp, -390.0_dp)         ! J
      call add('CH3OOH + OH = CH3O2 + H2O', arrhenius, 2.7e-12_dp, -200.0_dp)                        ! J
      call add('CH3OOH + OH = H2CO + OH + H2O', arrhenius, 1.1e-12_dp, -200.0_dp)                    ! J
      call add('CH3OOH + hv = H2CO + H + OH', light, channel=j_ch3ooh)
      call add('H2CO + OH = HCO + H2O', arrhenius, 5.5e-12_dp, -125.0_dp)                            ! J
      call add('H2CO + O = HCO + OH', arrhenius, 3.4e-11_dp, 1600.0_dp)                              ! J
      call add('H2CO + H = HCO + H2', arrhenius, 2.1e-12_dp, 1090.0_dp)                              ! B
      call add('H2CO + hv = HCO + H', light, channel=j_h2co_radical)
      call add('H2CO + hv = CO + H2', light, channel=j_h2co_molecular)
      call add('HCO + O2 = CO + HO2', arrhenius, 5.2e-12_dp)                                         ! J
      call add('HCO + H = CO + H2', arrhenius, 1.5e-10_dp)                                           ! B
      ! Nitrogen oxides
      call add('NO + O3 = NO2 + O2', arrhenius, 3.0e-12_dp, 1500.0_dp)                               ! J
      call add('NO + HO2 = NO2 + OH', arrhenius, 3.3e-12_dp, -270.0_dp)                              ! J
      call add('NO2 + O = NO + O2', arrhenius, 5.1e-12_dp, -210.0_dp)                                ! J
      call add('NO2 + hv = NO + O', light, channel=j_no2)

   contains

      !> Appends a reaction: its equation, the form of its rate constant and the form's parameters.
      subroutine add(equation, form, a1, a2, a3, a4, channel)
         character(len=*), intent(in) :: equation
         integer, intent(in) :: form
         real(dp), intent(in), optional :: a1, a2, a3, a4
         integer, intent(in), optional :: channel

         n = n + 1
         if (n > size(list)) call fail('the list of reactions is longer than its total says: '//equation)
         call read_equation(equation, list(n))
         list(n)%form = form
         if (present(a1)) list(n)%a(1) = a1
         if (present(a2)) list(n)%a(2) = a2
         if (present(a3)) list(n)%a(3) = a3
         if (present(a4)) list(n)%a(4) = a4
         if (present(channel)) list(n)%channel = channel
      end subroutine add
   end subroutine list_reactions

   !> Reads an equation such as 'O + O2 + M = O3 + M', and refuses one that does not balance.
   subroutine read_equation(equation, r)
      character(len=*), intent(in) :: equation
      type(reaction_t), intent(inout) :: r
      integer :: first, last, number, reactants, balance(4), side
      character(len=8) :: word

      first = 1
      reactants = 0
      balance = 0
      side = -1
      do while (first <= len(equation))
         last = index(equation(first:), ' ') + first - 2
         if (last < first) last = len(equation)
         word = equation(first:last)
         first = last + 2
         if (word == '+' .or. word == 'hv') cycle
         if (word == '=') then
            side = 1
            cycle
         end if
         number = species_number(word)
         if (number == 0) call fail('a reaction has an unknown species: '//equation)
         balance = balance + side * atoms_of(:, number)
         if (number == s_m) cycle
         if (side < 0) then
            reactants = reactants + 1
            r%reactant(reactants) = number
         else
            r%products = r%products + 1
            r%product(r%products) = number
         end if
      end do
      if (any(balance /= 0)) call fail('a reaction does not balance: '//equation)
   end subroutine read_equation

   !> Rate constants (s-1, cm3 s-1) of all reactions at temperature `t` (K) with `m` molecules cm-3 of air and `water`
   !> of H2O; `j` are the photolysis rates (s-1) by channel. A third body's concentration is in them.
   pure function rate_constants(list, t, m, water, j) result(k)
      type(reaction_t), intent(in) :: list(:)
      real(dp), intent(in) :: t, m, water, j(:)
      real(dp) :: k(size(list))
      integer :: i

      do i = 1, size(list)
         associate (a => list(i)%a)
            select case (list(i)%form)
            case (arrhenius)
               k(i) = a(1) * exp(-a(2) / t)
            case (low_pressure)
               k(i) = a(1) * (300.0_dp / t)**a(2) * exp(-a(3) / t) * m
            case (falloff)
               k(i) = blend(a(1) * (300.0_dp / t)**a(2) * m, a(3) * (300.0_dp / t)**a(4))
            case (carbon_monoxide)
               ! Addition, and the activated channel, JPL 15-10, section 2.1.
               k(i) = blend(5.9e-33_dp * 300.0_dp / t * m, 1.1e-12_dp * (300.0_dp / t)**(-1.3_dp)) + activated(t, m)
            case (peroxy)
               k(i) = (3.0e-13_dp * exp(460.0_dp / t) + 2.1e-33_dp * m * exp(920.0_dp / t)) &
                  * (1.0_dp + 1.4e-21_dp * water * exp(2200.0_dp / t))
            case default
               k(i) = j(list(i)%channel)
            end select
         end associate
      end do
   end function rate_constants

   !> A three-body rate constant between its limits, JPL 15-10, Eq. (2.1).
   elemental real(dp) function blend(low, high)
      real(dp), intent(in) :: low, high

      blend = low / (1.0_dp + low / high) * 0.6_dp**(1.0_dp / (1.0_dp + log10(low / high)**2))
   end function blend

   !> The chemical activation channel of CO + OH, JPL 15-10, section 2.1.
   elemental real(dp) function activated(t, m)
      real(dp), intent(in) :: t, m
      real(dp) :: low, high

      low = 1.5e-13_dp * (300.0_dp / t)**(-0.6_dp)
      high = 2.1e9_dp * (300.0_dp / t)**(-6.1_dp) / m
      activated = blend(low, high)
   end function activated
end module reactions
