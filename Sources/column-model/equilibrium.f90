!> The coldest surface temperature at which a planet's energy balance closes and is stable: absorbed flux exceeds
!> outgoing flux just below it and falls short just above.
!>
!> The search has physical bounds. Below the condensation temperature of the planet's CO2 at the surface there is no
!> such atmosphere: if even there more leaves than is absorbed, CO2 freezes or rains out on the ground and the
!> atmosphere collapses (the outer edge of Kasting et al. 1993, Icarus 101, 108). Above `temperature_maximum` lies
!> the runaway: if everywhere below it more is absorbed than can leave, there is no equilibrium with a surface
!> (Ingersoll 1969, J. Atmos. Sci. 26, 1191).
!>
!> A cold start walks up from the lower bound in steps of `scan_step`. A warm start brackets the balance's change of
!> sign around the parent's temperature, and walks like a cold start when it does not find one: what it saves are
!> steps, and an unstable verdict is always that of the whole walk. Both find the same equilibrium, because below
!> `temperature_maximum` there is no second stable one: the outgoing flux has one maximum (none was met in 1500 random
!> planets; a test looks again).
module equilibrium
   use, intrinsic :: iso_fortran_env, only: output_unit
   use constants, only: dp, bar
   use column, only: co2_pressure
   use energy_balance, only: climate_t, balance_t, balance_at
   use reasons, only: reason_name, reason_none, reason_runaway, reason_collapse, reason_convergence, reason_frozen
   use saturation, only: co2_condensation_temperature
   implicit none
   private
   public :: outcome_t, parent_t, find_equilibrium, text

   !> What a warm start knows of the point it was reached from; nothing if the temperature is negative.
   type :: parent_t
      real(dp) :: temperature = -1.0_dp  !< K
      real(dp) :: feedback = 2.0_dp      !< W m-2 K-1
   end type parent_t

   type :: outcome_t
      logical :: stable = .false.
      integer :: reason = reason_none
      character(len=:), allocatable :: message
      integer :: iterations = 0          !< energy balances that were computed
      type(balance_t) :: state           !< at the equilibrium; without one, at the smallest imbalance
      real(dp) :: feedback = 0.0_dp      !< W m-2 K-1: how the planet's loss grows with the surface temperature
   end type outcome_t

   !> The search in progress. `spent` is set when the iteration limit forbids a further balance.
   type :: search_t
      integer :: iterations = 0
      logical :: spent = .false.
      real(dp) :: low, high              !< bounds, K
      logical :: condensing              !< the lower bound is CO2's condensation
      type(balance_t) :: closest         !< of all balances the one with the smallest imbalance
   end type search_t

contains

   !> The verdict on `climate`, which was reached from `parent`.
   subroutine find_equilibrium(climate, parent, outcome)
      type(climate_t), intent(in) :: climate
      type(parent_t), intent(in) :: parent
      type(outcome_t), intent(out) :: outcome
      type(search_t) :: search
      type(balance_t) :: below, above
      logical :: found

      search%low = co2_condensation_temperature(co2_pressure(climate%planet, climate%settings))
      search%condensing = search%low >= climate%settings%temperature_minimum
      search%low = max(search%low, climate%settings%temperature_minimum)
      search%high = climate%settings%temperature_maximum

      write (output_unit, '(a)') ' balance   surface K   absorbed W/m2   outgoing W/m2   surplus W/m2'
      found = .false.
      if (parent%temperature > 0.0_dp) call bracket_around(climate, search, parent, below, above, found)
      if (.not. found) call walk_up(climate, search, below, above, found)
      if (found) call refine(climate, search, below, above, outcome)
      if (search%spent) then
         call give_up(climate, search, outcome)
      else if (found) then
         call measure_feedback(climate, search, outcome)
      else
         call explain_absence(climate, search, outcome)
      end if
      outcome%iterations = search%iterations
   end subroutine find_equilibrium

   !> One energy balance, counted and logged.
   function evaluate(climate, search, temperature) result(b)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(inout) :: search
      real(dp), intent(in) :: temperature
      type(balance_t) :: b

      if (search%iterations >= climate%settings%iteration_limit) then
         search%spent = .true.
         b = search%closest
         return
      end if
      b = balance_at(climate, temperature)
      if (search%iterations == 0) search%closest = b
      if (abs(b%surplus) < abs(search%closest%surplus)) search%closest = b
      search%iterations = search%iterations + 1
      write (output_unit, '(i8, f12.3, 3f16.4)') search%iterations, temperature, b%absorbed, b%outgoing, b%surplus
   end function evaluate

   !> A bracket around the parent's temperature: the first step is a little more than Newton's with the parent's
   !> feedback, further ones double.
   subroutine bracket_around(climate, search, parent, below, above, found)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(inout) :: search
      type(parent_t), intent(in) :: parent
      type(balance_t), intent(out) :: below, above
      logical, intent(out) :: found
      real(dp), parameter :: overshoot = 1.15_dp, shortest = 0.05_dp, longest = 20.0_dp
      real(dp) :: step, t
      type(balance_t) :: here, next

      found = .false.
      if (parent%temperature > search%high) return
      here = evaluate(climate, search, max(parent%temperature, search%low))
      step = overshoot * abs(here%surplus) / max(0.2_dp, parent%feedback)
      step = sign(min(max(step, shortest), longest), here%surplus)
      do
         t = min(max(here%temperature + step, search%low), search%high)
         if (abs(t - here%temperature) < 0.1_dp * shortest) return
         next = evaluate(climate, search, t)
         if (search%spent) return
         if (next%surplus > 0.0_dp .neqv. here%surplus > 0.0_dp) exit
         here = next
         step = 2.0_dp * step
      end do
      found = .true.
      below = here
      above = next
      if (step < 0.0_dp) then
         below = next
         above = here
      end if
   end subroutine bracket_around

   !> The first bracket from the lower bound upwards.
   subroutine walk_up(climate, search, below, above, found)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(inout) :: search
      type(balance_t), intent(out) :: below, above
      logical, intent(out) :: found
      type(balance_t) :: here, lowest
      integer :: i, steps

      steps = ceiling((search%high - search%low) / climate%settings%scan_step)
      found = .false.
      do i = 0, steps
         here = evaluate(climate, search, min(search%high, &
            search%low + climate%settings%scan_step * real(i, dp)))
         if (search%spent) return
         if (i > 0) found = below%surplus > 0.0_dp .and. here%surplus <= 0.0_dp
         if (found) then
            above = here
            return
         end if
         if (i == 0) lowest = here
         if (here%surplus < lowest%surplus) lowest = here
         below = here
      end do
      ! A narrow stable range may be between two steps: search for it around the smallest surplus.
      if (lowest%surplus > 0.0_dp) call descend(climate, search, lowest, below, above, found)
   end subroutine walk_up

   !> Golden section search for a negative surplus around `lowest`, the least one of the walk.
   subroutine descend(climate, search, lowest, below, above, found)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(inout) :: search
      type(balance_t), intent(in) :: lowest
      type(balance_t), intent(out) :: below, above
      logical, intent(out) :: found
      real(dp), parameter :: golden = 0.5_dp * (sqrt(5.0_dp) - 1.0_dp)
      real(dp) :: a, b
      type(balance_t) :: left, right

      found = .false.
      a = max(search%low, lowest%temperature - climate%settings%scan_step)
      b = min(search%high, lowest%temperature + climate%settings%scan_step)
      below = lowest
      left = evaluate(climate, search, b - golden * (b - a))
      right = evaluate(climate, search, a + golden * (b - a))
      do while (b - a > 0.1_dp .and. .not. search%spent)
         if (min(left%surplus, right%surplus) <= 0.0_dp) then
            above = merge_lower(left, right)
            below = evaluate(climate, search, a)
            found = .not. search%spent .and. below%surplus > 0.0_dp
            return
         else if (left%surplus < right%surplus) then
            b = right%temperature
            right = left
            left = evaluate(climate, search, b - golden * (b - a))
         else
            a = left%temperature
            left = right
            right = evaluate(climate, search, a + golden * (b - a))
         end if
      end do
   end subroutine descend

   !> Of two balances the one with the smaller surplus.
   pure function merge_lower(left, right) result(lower)
      type(balance_t), intent(in) :: left, right
      type(balance_t) :: lower

      lower = left
      if (right%surplus < left%surplus) lower = right
   end function merge_lower

   !> Closes the bracket by the Illinois variant of regula falsi (Dowell and Jarratt 1971, BIT 11, 168).
   subroutine refine(climate, search, below, above, outcome)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(inout) :: search
      type(balance_t), intent(inout) :: below, above
      type(outcome_t), intent(inout) :: outcome
      real(dp), parameter :: narrowest = 1.0e-6_dp
      type(balance_t) :: here
      real(dp) :: gain, loss, t
      integer :: side

      side = 0
      gain = below%surplus
      loss = above%surplus
      do
         t = (gain * above%temperature - loss * below%temperature) / (gain - loss)
         here = evaluate(climate, search, t)
         if (search%spent) return
         outcome%state = here
         if (abs(here%surplus) < climate%settings%balance_tolerance) exit
         if (above%temperature - below%temperature < narrowest) exit
         if (here%surplus > 0.0_dp) then
            below = here
            gain = here%surplus
            if (side > 0) loss = 0.5_dp * loss
            side = 1
         else
            above = here
            loss = here%surplus
            if (side < 0) gain = 0.5_dp * gain
            side = -1
         end if
      end do
      outcome%stable = .true.
   end subroutine refine

   !> The slope of the balance at the equilibrium, and the message of a stable point.
   subroutine measure_feedback(climate, search, outcome)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(inout) :: search
      type(outcome_t), intent(inout) :: outcome
      real(dp), parameter :: step = 1.0_dp
      type(balance_t) :: warmer

      warmer = balance_at(climate, outcome%state%temperature + step)
      search%iterations = search%iterations + 1
      outcome%feedback = (outcome%state%surplus - warmer%surplus) / step
      outcome%message = 'equilibrium at '//text(outcome%state%temperature, 2)//' K: '// &
         text(outcome%state%absorbed, 2)//' W/m2 absorbed and '//text(outcome%state%outgoing, 2)//' W/m2 emitted'
   end subroutine measure_feedback

   !> The verdict if the iteration limit was reached first.
   subroutine give_up(climate, search, outcome)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(in) :: search
      type(outcome_t), intent(inout) :: outcome
      character(len=12) :: limit

      write (limit, '(i0)') climate%settings%iteration_limit
      outcome%stable = .false.
      outcome%reason = reason_convergence
      outcome%state = search%closest
      outcome%message = trim(reason_name(reason_convergence))//': the iteration did not settle within '//trim(limit)// &
         ' energy balances; the surplus came down to '//text(search%closest%surplus, 3)//' W/m2 at '// &
         text(search%closest%temperature, 2)//' K'
   end subroutine give_up

   !> The verdict if the balance never turns from surplus to loss.
   subroutine explain_absence(climate, search, outcome)
      type(climate_t), intent(in) :: climate
      type(search_t), intent(in) :: search
      type(outcome_t), intent(inout) :: outcome
      character(len=:), allocatable :: fluxes
      character(len=9) :: carbon

      outcome%state = search%closest
      fluxes = text(search%closest%absorbed, 1)//' W/m2 absorbed and '//text(search%closest%outgoing, 1)// &
         ' W/m2 emitted at '//text(search%closest%temperature, 1)//' K'
      if (search%closest%surplus > 0.0_dp) then
         outcome%reason = reason_runaway
         outcome%message = trim(reason_name(reason_runaway))//': no equilibrium below '//text(search%high, 0)// &
            ' K; the fluxes come closest with '//fluxes
      else if (search%condensing) then
         write (carbon, '(es9.2e2)') co2_pressure(climate%planet, climate%settings) / bar
         outcome%reason = reason_collapse
         outcome%message = trim(reason_name(reason_collapse))//': the surface cools to '//text(search%low, 1)// &
            ' K, where CO2 of '//trim(adjustl(carbon))//' bar condenses; there '//fluxes
      else
         outcome%reason = reason_frozen
         outcome%message = trim(reason_name(reason_frozen))//': no equilibrium above '//text(search%low, 0)// &
            ' K; '//fluxes
      end if
   end subroutine explain_absence

   !> `value` with `digits` decimals, and a zero before the point if there is no other digit.
   pure function text(value, digits)
      real(dp), intent(in) :: value
      integer, intent(in) :: digits
      character(len=:), allocatable :: text
      character(len=32) :: form, buffer

      write (form, '(a, i0, a)') '(f20.', digits, ')'
      write (buffer, form) value
      text = trim(adjustl(buffer))
      if (digits == 0) text = text(1:len(text) - 1)
   end function text
end module equilibrium
