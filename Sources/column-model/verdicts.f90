!> The verdict on a run: what the climate found, then what the chemistry and the bounds of the point make of it.
!>
!> A climate's equilibrium is stable by its construction: absorbed flux exceeds outgoing flux just below and falls short
!> just above. Of the chemistry, in this order
!> - no_convergence: no steady state within the step limit, or climate and chemistry do not agree within the passes
!> - flux_infeasible: a surface flux of O2, CH4 or H2 beyond the bounds that the point sets
!> - redox_unstable: the flux that holds a gas falls as its mixing ratio rises, so a little more of it feeds itself. It
!>   applies to CH4 and H2, and to O2 if the point asks for it. At a fixed mixing ratio of CH4 the flux of O2 falls from
!>   1e-5 to today's oxygen, as more ozone protects the troposphere and CH4 lives longer (Goldblatt et al. 2006, Nature
!>   443, 683); whether that is unstable depends on what else is held, and on the model (Gregory et al. 2021, Earth
!>   Planet. Sci. Lett. 561, 116818; Wogan et al. 2022, PNAS 119, e2205618119).
module verdicts
   use constants, only: dp
   use coupling, only: run_t
   use equilibrium, only: text
   use photochemistry, only: surface_flux
   use planet, only: held_gases
   use reasons, only: reason_name, reason_redox, reason_flux, reason_convergence
   use sensitivity, only: flux_slopes
   implicit none
   private
   public :: verdict_t, judge

   !> Why a run is stable or not. The fluxes (cm-2 s-1) are those of O2, CH4 and H2 into the air, the slopes what they
   !> grow by with the logarithm of the mixing ratio.
   type :: verdict_t
      logical :: stable = .false.
      integer :: reason = 0
      character(len=:), allocatable :: message
      real(dp) :: flux(held_gases) = 0.0_dp, slope(held_gases) = 0.0_dp
      logical :: slope_known(held_gases) = .false.
   end type verdict_t

   character(len=3), parameter :: gas(held_gases) = ['O2 ', 'CH4', 'H2 ']

   !> A slope's uncertainty, relative to the flux.
   real(dp), parameter :: uncertainty = 1.0e-2_dp

contains

   subroutine judge(run, verdict)
      type(run_t), intent(inout) :: run
      type(verdict_t), intent(out) :: verdict

      verdict%stable = run%outcome%stable
      verdict%reason = run%outcome%reason
      verdict%message = run%outcome%message
      if (.not. verdict%stable) return
      if (run%chemical) then
         verdict%flux = surface_flux(run%chemistry%problem, run%chemistry%f)
         call flux_slopes(run%chemistry, verdict%flux, verdict%slope, verdict%slope_known)
         if (run%chemistry%settings%chapman) verdict%slope_known = .false.
      end if
      call judge_convergence(run, verdict)
      if (run%chemical .and. verdict%stable) call judge_fluxes(run, verdict)
      if (run%chemical .and. verdict%stable) call judge_slopes(run, verdict)
   end subroutine judge

   subroutine judge_convergence(run, verdict)
      type(run_t), intent(in) :: run
      type(verdict_t), intent(inout) :: verdict
      character(len=12) :: limit

      if (run%settled) return
      if (run%chemical) then
         write (limit, '(i0)') run%passes
         call refuse(verdict, reason_convergence, 'climate and chemistry did not agree within '//trim(limit)// &
            ' passes; the last one moved the surface by '//text(run%drift, 3)//' K')
      else
         write (limit, '(i0)') run%chemistry%settings%step_limit
         call refuse(verdict, reason_convergence, 'the chemistry found no steady state within '//trim(limit)// &
            ' steps; the last one changed a species by '//text(100.0_dp * run%chemistry%solver%change, 3)//' %')
      end if
   end subroutine judge_convergence

   subroutine judge_fluxes(run, verdict)
      type(run_t), intent(in) :: run
      type(verdict_t), intent(inout) :: verdict
      integer :: i

      associate (p => run%climate%planet)
         do i = 1, held_gases
            if (verdict%flux(i) < p%least_flux(i)) call refuse(verdict, reason_flux, 'to hold '//trim(gas(i))// &
               ' takes a flux of '//scientific(verdict%flux(i))//' per cm2 and s, less than the least possible, '// &
               scientific(p%least_flux(i)))
            if (verdict%flux(i) > p%greatest_flux(i)) call refuse(verdict, reason_flux, 'to hold '//trim(gas(i))// &
               ' takes a flux of '//scientific(verdict%flux(i))//' per cm2 and s, more than the greatest possible, '// &
               scientific(p%greatest_flux(i)))
            if (.not. verdict%stable) return
         end do
      end associate
   end subroutine judge_fluxes

   subroutine judge_slopes(run, verdict)
      type(run_t), intent(in) :: run
      type(verdict_t), intent(inout) :: verdict
      integer :: i

      do i = 1, held_gases
         if (.not. verdict%slope_known(i)) cycle
         if (verdict%slope(i) >= run%climate%planet%least_slope(i) - uncertainty * abs(verdict%flux(i))) cycle
         call refuse(verdict, reason_redox, 'the flux that holds '//trim(gas(i))//', '//scientific(verdict%flux(i))// &
            ' per cm2 and s, changes by '//scientific(verdict%slope(i))// &
            ' per e-fold of its mixing ratio, so that a little more of it feeds itself')
         return
      end do
   end subroutine judge_slopes

   subroutine refuse(verdict, reason, explanation)
      type(verdict_t), intent(inout) :: verdict
      integer, intent(in) :: reason
      character(len=*), intent(in) :: explanation

      verdict%stable = .false.
      verdict%reason = reason
      verdict%message = trim(reason_name(reason))//': '//explanation
   end subroutine refuse

   pure function scientific(value) result(written)
      real(dp), intent(in) :: value
      character(len=:), allocatable :: written
      character(len=16) :: buffer

      write (buffer, '(es10.2e3)') value
      written = trim(adjustl(buffer))
   end function scientific
end module verdicts
