!> The species' rates of change: reactions, diffusion between cells, and the two boundaries.
!> The derivatives that an implicit step needs are exact, but for those of photolysis rates by the absorbers above.
module kinetics
   use constants, only: dp, boltzmann, gases, o2, n2, h2o, ch4, co2, h2
   use boundary, only: deposition, dissolves, limiting_flux
   use chemical_air, only: air_t
   use photolysis, only: light_t, photolysis_rates
   use photolysis_data, only: channels, j_ozone_heat
   use reactions, only: reaction_t, rate_constants
   use species
   implicit none
   private
   public :: problem_t, update_rates, tendencies, rain, ozone_warming

   !> A column of chemistry: its properties that do not change during the steps.
   type :: problem_t
      type(air_t) :: air
      type(light_t) :: light
      type(reaction_t), allocatable :: reactions(:)
      real(dp) :: ground(solved) = -1.0_dp    !< fixed mixing ratio at the ground; negative if it is not fixed
      real(dp) :: emission(solved) = 0.0_dp   !< cm-2 s-1
      real(dp) :: rainout = 0.0_dp            !< s-1 in the wettest air
   end type problem_t

   !> s-1: how fast a fixed mixing ratio returns to its value, and supersaturated water condenses.
   real(dp), parameter :: holding = 1.0_dp, condensation = 1.0e-5_dp
   !> s-1: how fast water returns to the climate's in a cell that hardly reaches into the troposphere: too slowly to
   !> matter. In between the rate grows by powers, so that the state does not jump when the tropopause passes from one
   !> cell to the next.
   real(dp), parameter :: loosely_held = 1.0e-9_dp
   !> Water's mixing ratio above which rain is as strong as `rainout`.
   real(dp), parameter :: wet = 0.01_dp

contains

   !> Whether the mixing ratio of `number` in all of cell `k` is given.
   pure logical function held(problem, number, k)
      type(problem_t), intent(in) :: problem
      integer, intent(in) :: number, k

      held = (k == 1 .and. problem%ground(number) >= 0.0_dp) &
         .or. (number == s_h2o .and. problem%air%troposphere(k) >= 1.0_dp)
   end function held

   !> Concentration (cm-3) of any known species in cell `k`.
   pure real(dp) function concentration(air, f, number, k)
      type(air_t), intent(in) :: air
      real(dp), intent(in) :: f(:, :)
      integer, intent(in) :: number, k

      select case (number)
      case (:solved)
         concentration = f(number, k) * air%dry(k)
      case (s_no)
         concentration = max(0.0_dp, air%nitrogen_oxides(k) - f(s_no2, k)) * air%dry(k)
      case (s_co2)
         concentration = air%composition(co2) * air%dry(k)
      case (s_n2)
         concentration = air%composition(n2) * air%dry(k)
      case default
         concentration = air%molecules(k)
      end select
   end function concentration

   !> The warming of the air by ozone (K): its absorption of light against Newtonian cooling at the rate
   !> (1.5 + tanh((z - 35 km) / 7 km)) 1e-6 s-1 of Holton and Mass (1976, J. Atmos. Sci. 33, 2218), z = 7 km ln(1000 hPa
   !> / p). A molecule of air takes up 7/2 k per kelvin.
   function ozone_warming(problem, f) result(warming)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :)
      real(dp) :: warming(problem%air%cells)
      real(dp) :: j(channels, problem%air%cells), z, cooling
      integer :: i

      call light_rates(problem, f, j)
      do i = 1, problem%air%cells
         z = 7.0_dp * log(1.0e5_dp / problem%air%pressure(i))
         cooling = (1.5_dp + tanh((z - 35.0_dp) / 7.0_dp)) * 1.0e-6_dp
         warming(i) = f(s_o3, i) * j(j_ozone_heat, i) / (3.5_dp * boltzmann * cooling)
      end do
   end function ozone_warming

   !> Rate constants of all reactions in all cells, with the light that the mixing ratios `f` let through.
   subroutine update_rates(problem, f, k)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :)
      real(dp), intent(out) :: k(:, :)
      real(dp) :: j(channels, problem%air%cells)
      integer :: i

      call light_rates(problem, f, j)
      associate (air => problem%air)
         do i = 1, air%cells
            k(:, i) = rate_constants(problem%reactions, air%temperature(i), air%molecules(i), &
               f(s_h2o, i) * air%dry(i), j(:, i))
         end do
      end associate
   end subroutine update_rates

   !> The photolysis rates in all cells, by channel.
   subroutine light_rates(problem, f, j)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :)
      real(dp), intent(out) :: j(:, :)
      real(dp) :: columns(gases, problem%air%cells)
      integer :: i

      associate (air => problem%air)
         columns(o2, :) = f(s_o2, :)
         columns(n2, :) = air%composition(n2)
         columns(h2o, :) = f(s_h2o, :)
         columns(ch4, :) = f(s_ch4, :)
         columns(co2, :) = air%composition(co2)
         columns(h2, :) = f(s_h2, :)
         do i = 1, gases
            columns(i, :) = columns(i, :) * air%dry * air%thickness
         end do
         call photolysis_rates(problem%light, air%temperature, columns, f(s_o3, :) * air%dry * air%thickness, j)
      end associate
   end subroutine light_rates

   !> Rates of change (cm-3 s-1) at the mixing ratios `f` and, if wanted, their derivatives: within each cell, and by
   !> the mixing ratio in the cell below and above.
   subroutine tendencies(problem, f, k, rate, within, below, above)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :), k(:, :)
      real(dp), intent(out) :: rate(:, :)
      real(dp), intent(out), optional :: within(:, :, :), below(:, :), above(:, :)
      integer :: i, cell

      rate = 0.0_dp
      if (present(within)) then
         within = 0.0_dp
         below = 0.0_dp
         above = 0.0_dp
      end if
      do cell = 1, problem%air%cells
         if (present(within)) then
            call react(problem, f, k(:, cell), cell, rate(:, cell), within(:, :, cell))
         else
            call react(problem, f, k(:, cell), cell, rate(:, cell))
         end if
      end do
      call exchange(problem%air, f, rate, within, below, above)
      call remove(problem, f, rate, within)
      do cell = 1, problem%air%cells
         do i = 1, solved
            if (.not. held(problem, i, cell)) cycle
            rate(i, cell) = holding * (target_ratio(problem, i, cell) - f(i, cell)) * problem%air%dry(cell)
            if (.not. present(within)) cycle
            within(i, :, cell) = 0.0_dp
            within(i, i, cell) = -holding * problem%air%dry(cell)
            below(i, cell) = 0.0_dp
            above(i, cell) = 0.0_dp
         end do
      end do
   end subroutine tendencies

   !> The mixing ratio that is held.
   pure real(dp) function target_ratio(problem, number, k)
      type(problem_t), intent(in) :: problem
      integer, intent(in) :: number, k

      target_ratio = problem%ground(number)
      if (number == s_h2o) target_ratio = problem%air%water(k)
   end function target_ratio

   !> Adds the reactions in one cell.
   subroutine react(problem, f, k, cell, rate, within)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :), k(:)
      integer, intent(in) :: cell
      real(dp), intent(inout) :: rate(:)
      real(dp), intent(inout), optional :: within(:, :)
      real(dp) :: c(known), slope(2), speed, factor
      integer :: r, a, b, side, i, column

      do i = 1, known
         c(i) = concentration(problem%air, f, i, cell)
      end do
      do r = 1, size(problem%reactions)
         associate (q => problem%reactions(r))
            a = q%reactant(1)
            b = q%reactant(2)
            slope(1) = k(r)
            slope(2) = 0.0_dp
            speed = k(r) * c(a)
            if (b > 0) then
               slope = k(r) * [c(b), c(a)]
               speed = speed * c(b)
            end if
            if (a <= solved) rate(a) = rate(a) - speed
            if (b > 0 .and. b <= solved) rate(b) = rate(b) - speed
            do i = 1, q%products
               if (q%product(i) <= solved) rate(q%product(i)) = rate(q%product(i)) + speed
            end do
            if (.not. present(within)) cycle
            do side = 1, merge(2, 1, b > 0)
               column = q%reactant(side)
               factor = slope(side) * problem%air%dry(cell)
               if (column == s_no) then
                  ! NO is the rest of the nitrogen oxides.
                  column = s_no2
                  if (c(s_no) > 0.0_dp) then
                     factor = -factor
                  else
                     factor = 0.0_dp
                  end if
               end if
               if (column > solved) cycle
               if (a <= solved) within(a, column) = within(a, column) - factor
               if (b > 0 .and. b <= solved) within(b, column) = within(b, column) - factor
               do i = 1, q%products
                  if (q%product(i) <= solved) within(q%product(i), column) = within(q%product(i), column) + factor
               end do
            end do
         end associate
      end do
   end subroutine react

   !> Adds diffusion between neighbouring cells, except of NO2, whose sum with NO is prescribed.
   subroutine exchange(air, f, rate, within, below, above)
      type(air_t), intent(in) :: air
      real(dp), intent(in) :: f(:, :)
      real(dp), intent(inout) :: rate(:, :)
      real(dp), intent(inout), optional :: within(:, :, :), below(:, :), above(:, :)
      real(dp) :: flux, per_lower, per_upper
      integer :: cell, i

      do cell = 1, air%cells - 1
         per_lower = air%exchange(cell) / air%thickness(cell)
         per_upper = air%exchange(cell) / air%thickness(cell + 1)
         do i = 1, solved
            if (i == s_no2) cycle
            flux = f(i, cell + 1) - f(i, cell)
            rate(i, cell) = rate(i, cell) + per_lower * flux
            rate(i, cell + 1) = rate(i, cell + 1) - per_upper * flux
            if (.not. present(within)) cycle
            within(i, i, cell) = within(i, i, cell) - per_lower
            within(i, i, cell + 1) = within(i, i, cell + 1) - per_upper
            above(i, cell) = per_lower
            below(i, cell + 1) = per_upper
         end do
      end do
   end subroutine exchange

   !> Adds emission, deposition, rain, condensation and escape.
   subroutine remove(problem, f, rate, within)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :)
      real(dp), intent(inout) :: rate(:, :)
      real(dp), intent(inout), optional :: within(:, :, :)
      integer :: i, cell, top

      associate (air => problem%air)
         top = air%cells
         do i = 1, solved
            rate(i, 1) = rate(i, 1) + problem%emission(i) / air%thickness(1)
            if (deposition(i) > 0.0_dp) call lose(i, 1, deposition(i) * air%dry(1) / air%thickness(1), 0.0_dp)
            if (.not. dissolves(i)) cycle
            do cell = 1, top
               call lose(i, cell, rain(problem, cell) * air%dry(cell), 0.0_dp)
            end do
         end do
         do cell = 1, top
            if (f(s_h2o, cell) > air%saturated(cell)) &
               call lose(s_h2o, cell, condensation * air%dry(cell), air%saturated(cell))
            if (air%troposphere(cell) > 0.0_dp) call lose(s_h2o, cell, &
               loosely_held ** (1.0_dp - air%troposphere(cell)) * air%dry(cell), air%water(cell))
         end do
         call lose(s_h, top, limiting_flux / air%thickness(top), 0.0_dp)
         call lose(s_h2, top, limiting_flux / air%thickness(top), 0.0_dp)
      end associate

   contains

      !> A loss proportional to the mixing ratio beyond `rest`.
      subroutine lose(number, place, coefficient, rest)
         integer, intent(in) :: number, place
         real(dp), intent(in) :: coefficient, rest

         rate(number, place) = rate(number, place) - coefficient * (f(number, place) - rest)
         if (present(within)) within(number, number, place) = within(number, number, place) - coefficient
      end subroutine lose
   end subroutine remove

   !> Rain's rate (s-1) in a cell.
   pure real(dp) function rain(problem, cell)
      type(problem_t), intent(in) :: problem
      integer, intent(in) :: cell

      rain = problem%rainout * problem%air%troposphere(cell) * min(1.0_dp, problem%air%water(cell) / wet)
   end function rain
end module kinetics
