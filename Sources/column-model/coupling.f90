!> Alternates climate and photochemistry until neither changes the other: the climate gives temperatures and the
!> troposphere's water, the chemistry gives ozone and the stratosphere's water.
!>
!> A pass begins with the state of the previous one. The state has settled when the surface temperature, extrapolated
!> from the last two passes, is within `coupling_tolerance` of its limit, and the ozone changed by less than a
!> hundredth. A climate without an equilibrium ends the run, because there is no column for the chemistry.
module coupling
   use, intrinsic :: iso_fortran_env, only: output_unit
   use constants, only: dp
   use chemistry_settings, only: chemistry_settings_t
   use column, only: column_t, build_column
   use energy_balance, only: climate_t, prepare_climate
   use equilibrium, only: outcome_t, parent_t, find_equilibrium
   use photochemistry, only: chemistry_t, prepare_chemistry, begin_chemistry, run_chemistry, describe_trace, &
      ozone_column
   use planet, only: planet_t
   use settings, only: settings_t
   use trace_gases, only: trace_t
   implicit none
   private
   public :: run_t, settle

   !> A run: its input and its final state.
   type :: run_t
      type(climate_t) :: climate
      type(chemistry_t) :: chemistry
      type(outcome_t) :: outcome           !< of the last climate
      logical :: chemical = .false.        !< the chemistry ran, in the end, over an equilibrium
      logical :: settled = .false.         !< climate and chemistry agree
      integer :: passes = 0
      real(dp) :: drift = 0.0_dp           !< K between the last two passes
      real(dp) :: ozone_drift = 0.0_dp     !< relative, of the column
   end type run_t

   !> K: the surface temperature for the first guess of a cold start's ozone.
   real(dp), parameter :: guess = 288.0_dp
   !> Relative change of the ozone column between two passes that counts as zero.
   real(dp), parameter :: ozone_tolerance = 0.01_dp

contains

   !> Runs planet `p` from the state in `parent`; `run%chemistry` holds the parent's mixing ratios, if there are any.
   subroutine settle(p, s, chem, parent, run)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(chemistry_settings_t), intent(in) :: chem
      type(parent_t), intent(in) :: parent
      type(run_t), intent(inout) :: run
      type(parent_t) :: start
      type(column_t) :: c
      real(dp) :: before, last, ozone
      integer :: balances, pass
      logical :: doubted

      call prepare_climate(p, s, run%climate)
      call prepare_chemistry(p, s, chem, run%chemistry)
      start = parent
      balances = 0
      doubted = .false.
      before = -1.0_dp
      ozone = -1.0_dp
      if (chem%photochemistry) then
         call build_column(p, s, run%climate%trace, merge(parent%temperature, guess, parent%temperature > 0.0_dp), c)
         call begin_chemistry(p, s, c, run%chemistry)
         call describe_trace(run%chemistry, run%climate%trace)
      end if
      do pass = 1, chem%coupling_limit
         run%passes = pass
         call find_equilibrium(run%climate, start, run%outcome)
         balances = balances + run%outcome%iterations
         if (.not. run%outcome%stable) then
            ! A colder state, or a guess, may have more ozone and water than this one: begin again without them.
            if (doubted .or. .not. allocated(run%climate%trace%ozone)) exit
            doubted = .true.
            run%climate%trace = trace_t()
            start = parent_t()
            cycle
         end if
         last = run%drift
         run%drift = run%outcome%state%temperature - before
         run%settled = .not. chem%photochemistry .or. &
            (pass > 1 .and. yet_to_come(run%drift, last) < chem%coupling_tolerance &
            .and. abs(run%ozone_drift) < ozone_tolerance)
         if (run%settled) exit
         before = run%outcome%state%temperature
         start = parent_t(before, run%outcome%feedback)
         call build_column(p, s, run%climate%trace, before, c)
         call run_chemistry(p, s, c, run%chemistry)
         run%chemical = run%chemistry%solver%steady
         if (.not. run%chemical) exit
         run%ozone_drift = (ozone_column(run%chemistry) - ozone) / max(1.0_dp, ozone)
         ozone = ozone_column(run%chemistry)
         call describe_trace(run%chemistry, run%climate%trace)
         write (output_unit, '(a, i0, a, f8.3, a, f8.2, a)') ' pass ', pass, ': ', before, ' K, ', ozone, ' DU'
      end do
      run%chemical = run%chemical .and. run%outcome%stable
      run%outcome%iterations = balances + run%chemistry%solver%steps
   end subroutine settle

   !> Distance of the surface temperature from its limit (K), if passes move it by `drift` after `last` and continue in
   !> this proportion; at least a quarter of the last move.
   pure real(dp) function yet_to_come(drift, last)
      real(dp), intent(in) :: drift, last
      real(dp) :: ratio

      ratio = min(0.95_dp, abs(drift) / max(abs(last), tiny(1.0_dp) / epsilon(1.0_dp)))
      yet_to_come = abs(drift) * max(0.25_dp, ratio / (1.0_dp - ratio))
   end function yet_to_come
end module coupling
