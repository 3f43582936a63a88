!> How the surface fluxes that hold O2, CH4 and H2 change with the mixing ratios that they hold.
!>
!> The steady state for a mixing ratio a little higher, with the temperatures as they are, is found with the last step's
!> factors over and over again (the chord method), which costs a fraction of new ones; should that not settle, by the
!> implicit steps as usual.
module sensitivity
   use constants, only: dp
   use block_solver, only: solve
   use kinetics, only: problem_t, update_rates, tendencies
   use photochemistry, only: chemistry_t, surface_flux, held_species
   use planet, only: held_gases
   use species, only: solved
   use steady_state, only: relax, relative_change, advance
   implicit none
   private
   public :: flux_slopes

   !> Relative step of a mixing ratio.
   real(dp), parameter :: rise = 0.02_dp

contains

   !> d flux / d ln (mixing ratio) of each held gas, cm-2 s-1. Zero for a missing gas. `known` is false if the
   !> neighbouring state was not found.
   subroutine flux_slopes(chemistry, flux, slope, known)
      type(chemistry_t), intent(in) :: chemistry
      real(dp), intent(in) :: flux(held_gases)
      real(dp), intent(out) :: slope(held_gases)
      logical, intent(out) :: known(held_gases)
      type(chemistry_t) :: beside
      real(dp) :: fluxes(held_gases)
      integer :: i

      slope = 0.0_dp
      known = .true.
      do i = 1, held_gases
         associate (held => held_species(i))
            if (.not. chemistry%problem%ground(held) > 0.0_dp) cycle
            beside = chemistry
            beside%problem%ground(held) = (1.0_dp + rise) * chemistry%problem%ground(held)
            beside%f(held, :) = (1.0_dp + rise) * chemistry%f(held, :)
            call settle_beside(beside, known(i))
            fluxes = surface_flux(beside%problem, beside%f)
            slope(i) = (fluxes(i) - flux(i)) / log(1.0_dp + rise)
         end associate
      end do
   end subroutine flux_slopes

   !> Brings a state that was close to another one's steady state to its own.
   subroutine settle_beside(chemistry, settled)
      type(chemistry_t), intent(inout) :: chemistry
      logical, intent(out) :: settled
      integer, parameter :: most = 30
      real(dp), parameter :: beginning = 1.0e12_dp
      real(dp), dimension(solved, chemistry%problem%air%cells) :: start, rate
      real(dp) :: k(size(chemistry%problem%reactions), chemistry%problem%air%cells), change, last
      integer :: round

      start = chemistry%f
      last = 1.0_dp
      do round = 1, most
         call update_rates(chemistry%problem, chemistry%f, k)
         call tendencies(chemistry%problem, chemistry%f, k, rate)
         call solve(chemistry%solver%factors, rate)
         change = relative_change(chemistry%problem, chemistry%f, rate)
         if (change > 2.0_dp * last .or. change > 0.5_dp) exit
         call advance(chemistry%f, rate)
         settled = change < 0.1_dp * chemistry%settings%tolerance
         if (settled) return
         last = change
      end do
      chemistry%f = start
      call relax(chemistry%problem, chemistry%settings, beginning, chemistry%f, chemistry%solver)
      settled = chemistry%solver%steady
   end subroutine settle_beside
end module sensitivity
