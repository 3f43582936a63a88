!> The steady state of the photochemistry, by implicit Euler steps that grow as the changes fade.
!>
!> Each step solves one linear system (`block_solver`); light is that of the step's beginning. A step that would make a
!> species that counts negative is undone and repeated with a fifth of its length. The state is steady when the time is
!> past `end_time` and a step of that length changes no species that counts by more than `tolerance`.
module steady_state
   use, intrinsic :: iso_fortran_env, only: output_unit
   use constants, only: dp
   use block_solver, only: factors_t, factorise, solve
   use chemistry_settings, only: chemistry_settings_t
   use kinetics, only: problem_t, update_rates, tendencies
   use species, only: solved
   implicit none
   private
   public :: solver_t, relax, relative_change, advance

   !> What the solver keeps between calls.
   type :: solver_t
      type(factors_t) :: factors
      integer :: steps = 0             !< linear systems solved, since the beginning
      logical :: steady = .false.
      real(dp) :: time = 0.0_dp        !< s
      real(dp) :: change = 0.0_dp      !< relative, of the last step
   end type solver_t

   !> A species counts in a cell if it has at least this mixing ratio and this concentration (cm-3).
   real(dp), parameter :: least_ratio = 1.0e-15_dp, least_concentration = 1.0e3_dp
   real(dp), parameter :: nothing = 1.0e-40_dp
   !> The least mixing ratio after a step: a linear system can give negative values.
   real(dp), parameter :: remnant = 0.1_dp

contains

   !> Steps the mixing ratios `f` on until they are steady, beginning with steps of `first_step` seconds.
   subroutine relax(problem, chem, first_step, f, solver)
      type(problem_t), intent(in) :: problem
      type(chemistry_settings_t), intent(in) :: chem
      real(dp), intent(in) :: first_step
      real(dp), intent(inout) :: f(:, :)
      type(solver_t), intent(inout) :: solver
      real(dp), parameter :: longest = 1.0e18_dp, shortest = 1.0e-12_dp
      real(dp) :: k(size(problem%reactions), problem%air%cells), step
      real(dp), dimension(solved, problem%air%cells) :: rate, change, below, above
      real(dp) :: within(solved, solved, problem%air%cells)
      integer :: tries
      logical :: fine

      solver%time = 0.0_dp
      solver%steady = .false.
      step = first_step
      do tries = 1, chem%step_limit
         call update_rates(problem, f, k)
         call tendencies(problem, f, k, rate, within, below, above)
         call implicit_matrix(problem, step, within, below, above)
         call factorise(within, below, above, max(f, nothing), solver%factors, fine)
         change = rate
         if (fine) call solve(solver%factors, change)
         solver%steps = solver%steps + 1
         if (.not. fine) then
            step = 0.1_dp * step
            if (step < shortest) exit
            cycle
         end if
         solver%change = relative_change(problem, f, change)
         call advance(f, change)
         solver%time = solver%time + step
         if (solver%time > chem%end_time .and. solver%change < chem%tolerance) then
            solver%steady = .true.
            exit
         end if
         step = min(longest, step * growth(solver%change))
      end do
      write (output_unit, '(a, i0, a, es9.2, a, es9.2)') ' chemistry: ', solver%steps, ' steps, to ', solver%time, &
         ' s; last change ', solver%change
   end subroutine relax

   !> The matrix of an implicit step from the derivatives of the rates, in their place.
   subroutine implicit_matrix(problem, step, within, below, above)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: step
      real(dp), intent(inout) :: within(:, :, :), below(:, :), above(:, :)
      integer :: i, cell

      within = -within
      below = -below
      above = -above
      do cell = 1, problem%air%cells
         do i = 1, solved
            within(i, i, cell) = within(i, i, cell) + problem%air%dry(cell) / step
         end do
      end do
   end subroutine implicit_matrix

   !> Adds `change` to `f`, but for what a step has to leave.
   elemental subroutine advance(f, change)
      real(dp), intent(inout) :: f
      real(dp), intent(in) :: change

      f = max(f + change, remnant * f, nothing)
   end subroutine advance

   !> How much longer the next step is.
   pure real(dp) function growth(change)
      real(dp), intent(in) :: change

      if (change < 0.02_dp) then
         growth = 100.0_dp
      else if (change < 0.15_dp) then
         growth = 10.0_dp
      else if (change < 0.4_dp) then
         growth = 5.0_dp
      else if (change < 0.8_dp) then
         growth = 2.5_dp
      else if (change < 1.0_dp) then
         growth = 1.5_dp
      else if (change < 2.0_dp) then
         growth = 0.7_dp
      else
         growth = 0.1_dp
      end if
   end function growth

   !> The largest change of a species that counts, relative to the larger of its values before and after.
   pure real(dp) function relative_change(problem, f, change)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :), change(:, :)
      real(dp) :: larger(solved)
      integer :: cell

      relative_change = 0.0_dp
      do cell = 1, problem%air%cells
         larger = max(f(:, cell), f(:, cell) + change(:, cell))
         relative_change = max(relative_change, &
            maxval(abs(change(:, cell)) / larger, mask=counts(problem, larger, cell)))
      end do
   end function relative_change

   pure function counts(problem, f, cell)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:)
      integer, intent(in) :: cell
      logical :: counts(solved)

      counts = f > max(least_ratio, least_concentration / problem%air%dry(cell))
   end function counts
end module steady_state
