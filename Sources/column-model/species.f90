!> The species of the photochemistry: those that are solved for, and the background that only reacts.
!>
!> To add one: give it a number among the solved ones, its name and its atoms here, its reactions in `reactions`, and
!> what happens to it at the ground in `boundary`.
module species
   use constants, only: dp
   implicit none
   private
   public :: solved, known, name_of, atoms_of, redox_of, species_number
   public :: s_o, s_o1d, s_o2, s_o3, s_h, s_oh, s_ho2, s_h2o2, s_h2o, s_h2, s_co, s_ch4, s_ch3, s_ch3o2, s_ch3ooh, &
      s_h2co, s_hco, s_no2, s_no, s_co2, s_n2, s_m

   integer, parameter :: solved = 18, known = 22
   integer, parameter :: s_o = 1, s_o1d = 2, s_o2 = 3, s_o3 = 4, s_h = 5, s_oh = 6, s_ho2 = 7, s_h2o2 = 8, s_h2o = 9, &
      s_h2 = 10, s_co = 11, s_ch4 = 12, s_ch3 = 13, s_ch3o2 = 14, s_ch3ooh = 15, s_h2co = 16, s_hco = 17, s_no2 = 18
   !> Not solved for: NO is the rest of the prescribed nitrogen oxides after NO2; M is any molecule.
   integer, parameter :: s_no = 19, s_co2 = 20, s_n2 = 21, s_m = 22

   character(len=6), parameter :: name_of(known) = ['O     ', 'O1D   ', 'O2    ', 'O3    ', 'H     ', 'OH    ', &
      'HO2   ', 'H2O2  ', 'H2O   ', 'H2    ', 'CO    ', 'CH4   ', 'CH3   ', 'CH3O2 ', 'CH3OOH', 'H2CO  ', 'HCO   ', &
      'NO2   ', 'NO    ', 'CO2   ', 'N2    ', 'M     ']

   !> Atoms of O, H, C and N in each.
   integer, parameter :: atoms_of(4, known) = reshape([ &
      1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, &
      2, 1, 0, 0, 2, 2, 0, 0, 1, 2, 0, 0, 0, 2, 0, 0, 1, 0, 1, 0, 0, 4, 1, 0, &
      0, 3, 1, 0, 2, 3, 1, 0, 2, 4, 1, 0, 1, 2, 1, 0, 1, 1, 1, 0, &
      2, 0, 0, 1, 1, 0, 0, 1, 2, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0], [4, known])

contains

   !> The excess of O atoms of a molecule over H2O, CO2 and NO made of its other atoms: negative if it
   !> reduces. Its sum is zero in every reaction.
   pure real(dp) function redox_of(number)
      integer, intent(in) :: number

      associate (a => atoms_of(:, number))
         redox_of = real(a(1) - 2 * a(3), dp) - 0.5_dp * real(a(2), dp)
         if (number == s_no .or. number == s_no2) redox_of = redox_of - real(a(4), dp)
      end associate
   end function redox_of

   !> The number of the species called `name`; 0 if there is none.
   pure integer function species_number(name) result(number)
      character(len=*), intent(in) :: name

      do number = 1, known
         if (name_of(number) == name) return
      end do
      number = 0
   end function species_number
end module species
