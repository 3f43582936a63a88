!> The photochemistry of a planet's column: set up from the climate, brought to its steady state, and summed up.
module photochemistry
   use constants, only: dp, o2, ch4, h2, co2
   use boundary, only: deposition, dissolves, limiting_flux
   use chemical_air, only: air_t, prepare_air
   use chemistry_settings, only: chemistry_settings_t
   use column, only: column_t
   use kinetics, only: problem_t, update_rates, tendencies, rain, ozone_warming
   use photolysis, only: prepare_light
   use planet, only: planet_t, held_gases
   use reactions, only: list_reactions
   use settings, only: settings_t
   use species
   use steady_state, only: solver_t, relax
   use trace_gases, only: trace_t
   implicit none
   private
   public :: chemistry_t, prepare_chemistry, begin_chemistry, run_chemistry, adopt_state, describe_trace
   public :: ozone_column, ozone_peak, methane_lifetime, surface_flux, escape_flux, redox_imbalance, held_species

   !> A planet's chemistry. `f` are mixing ratios relative to dry air, by species and cell.
   type :: chemistry_t
      type(problem_t) :: problem
      type(solver_t) :: solver
      type(chemistry_settings_t) :: settings
      real(dp), allocatable :: f(:, :)
      real(dp), allocatable :: warming(:)  !< K, of the stratosphere's cells by their ozone
      logical :: warm = .false.           !< `f` is a state to continue from
   end type chemistry_t

   !> The gases held at the ground, in the order of the planet's bounds of their fluxes.
   integer, parameter :: held_species(held_gases) = [s_o2, s_ch4, s_h2]

   !> Mixing ratios: of a missing species, and below which a species has no effect.
   real(dp), parameter :: rare = 1.0e-30_dp, noticeable = 1.0e-10_dp

   real(dp), parameter :: dobson = 2.6868e16_dp              !< molecules cm-2
   real(dp), parameter :: seconds_per_year = 3.15576e7_dp

contains

   subroutine prepare_chemistry(p, s, settings, chemistry)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(chemistry_settings_t), intent(in) :: settings
      type(chemistry_t), intent(inout) :: chemistry

      chemistry%settings = settings
      associate (problem => chemistry%problem)
         call list_reactions(settings%chapman, problem%reactions)
         call prepare_light(p%insolation, p%star_temperature, p%ultraviolet, s%zenith_cosine, &
            settings%ultraviolet_albedo, &
            problem%light)
         problem%ground(held_species) = p%dry([o2, ch4, h2])
         problem%emission(s_co) = p%co_flux
         problem%rainout = settings%rainout
      end associate
   end subroutine prepare_chemistry

   !> A state over the column `c` to begin with: the one that was adopted, or a guess.
   subroutine begin_chemistry(p, s, c, chemistry)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      type(chemistry_t), intent(inout) :: chemistry

      allocate (chemistry%warming(chemistry%settings%cells))
      chemistry%warming = 0.0_dp
      call prepare_air(p, s, chemistry%settings, c, chemistry%warming, chemistry%problem%air)
      if (.not. chemistry%warm) call start_cold(chemistry)
      chemistry%warming = ozone_warming(chemistry%problem, chemistry%f)
   end subroutine begin_chemistry

   !> The steady state over the climate's column `c`, from the state that is there; from a guess, should that not lead
   !> to one.
   subroutine run_chemistry(p, s, c, chemistry)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(column_t), intent(in) :: c
      type(chemistry_t), intent(inout) :: chemistry
      real(dp), parameter :: cold_step = 10.0_dp, warm_step = 1.0e9_dp
      !> Share of a pass' warming that counts: more ozone warms, and warmth destroys ozone, so all of it would swing.
      real(dp), parameter :: damping = 0.6_dp

      chemistry%warming = chemistry%warming + damping * (ozone_warming(chemistry%problem, &
         chemistry%f) - chemistry%warming)
      call prepare_air(p, s, chemistry%settings, c, chemistry%warming, chemistry%problem%air)
      if (chemistry%warm) call hold_ground(chemistry)
      if (chemistry%warm) then
         call relax(chemistry%problem, chemistry%settings, warm_step, chemistry%f, chemistry%solver)
      end if
      if (.not. (chemistry%warm .and. chemistry%solver%steady)) then
         call start_cold(chemistry)
         call relax(chemistry%problem, chemistry%settings, cold_step, chemistry%f, chemistry%solver)
      end if
      chemistry%warm = chemistry%solver%steady
   end subroutine run_chemistry

   !> Makes the mixing ratios `f` of another run the state to continue from.
   subroutine adopt_state(chemistry, f)
      type(chemistry_t), intent(inout) :: chemistry
      real(dp), intent(in) :: f(:, :)

      chemistry%f = f
      chemistry%warm = .true.
   end subroutine adopt_state

   !> Gives a state from another column this one's held values. If they differ too much, a guess is closer.
   subroutine hold_ground(chemistry)
      type(chemistry_t), intent(inout) :: chemistry
      real(dp), parameter :: far_off = 5.0_dp
      real(dp) :: ratio
      integer :: i

      associate (air => chemistry%problem%air)
         do i = 1, held_gases
            associate (f => chemistry%f(held_species(i), :), value => chemistry%problem%ground(held_species(i)))
               if (max(value, f(1)) < noticeable) cycle
               ratio = max(value, rare) / f(1)
               if (ratio > far_off .or. ratio < 1.0_dp / far_off) then
                  chemistry%warm = .false.
                  return
               end if
               f = f * ratio
            end associate
         end do
         where (air%troposphere >= 1.0_dp) chemistry%f(s_h2o, :) = air%water
      end associate
   end subroutine hold_ground

   !> Well-mixed gases and an ozone layer that grows as the square root of the oxygen, which shortens the way.
   subroutine start_cold(chemistry)
      type(chemistry_t), intent(inout) :: chemistry
      integer :: i

      associate (air => chemistry%problem%air)
         if (.not. allocated(chemistry%f)) allocate (chemistry%f(solved, air%cells))
         chemistry%f = rare
         do i = 1, held_gases
            chemistry%f(held_species(i), :) = max(rare, chemistry%problem%ground(held_species(i)))
         end do
         chemistry%f(s_h2o, :) = min(air%water, air%saturated)
         chemistry%f(s_co, :) = 1.0e-7_dp
         chemistry%f(s_o3, :) = 8.0e-6_dp * sqrt(chemistry%f(s_o2, :) / 0.21_dp) &
            * exp(-0.5_dp * (log(air%pressure / 1.0e3_dp) / 1.2_dp)**2)
      end associate
   end subroutine start_cold

   !> The state that the climate needs. If it had one before, only a `share` of the change counts: more water
   !> above warms the ground, and all of it would swing.
   subroutine describe_trace(chemistry, trace)
      type(chemistry_t), intent(in) :: chemistry
      type(trace_t), intent(inout) :: trace
      real(dp), parameter :: share = 0.7_dp
      type(trace_t) :: before
      integer :: k

      before = trace

      associate (air => chemistry%problem%air, f => chemistry%f)
         trace%ln_pressure = log(air%pressure)
         trace%ozone = [(f(s_o3, k) / (1.0_dp + f(s_h2o, k)), k=1, air%cells)]
         trace%extra_water = [((1.0_dp - air%troposphere(k)) &
            * max(0.0_dp, f(s_h2o, k) / (1.0_dp + f(s_h2o, k)) - air%cold_trap), k=1, air%cells)]
         if (.not. allocated(before%ozone)) return
         trace%ozone = before%ozone + share * (trace%ozone - before%ozone)
         trace%extra_water = before%extra_water + share * (trace%extra_water - before%extra_water)
      end associate
   end subroutine describe_trace

   !> Ozone above the ground, in Dobson units.
   pure real(dp) function ozone_column(chemistry)
      type(chemistry_t), intent(in) :: chemistry

      associate (air => chemistry%problem%air)
         ozone_column = sum(chemistry%f(s_o3, :) * air%dry * air%thickness) / dobson
      end associate
   end function ozone_column

   !> The greatest mixing ratio of ozone below 60 km, and its altitude (km).
   pure subroutine ozone_peak(chemistry, ratio, altitude)
      type(chemistry_t), intent(in) :: chemistry
      real(dp), intent(out) :: ratio, altitude
      integer :: k

      associate (air => chemistry%problem%air)
         k = maxloc(chemistry%f(s_o3, :), mask=air%altitude < 60.0_dp, dim=1)
         ratio = chemistry%f(s_o3, k)
         altitude = air%altitude(k)
      end associate
   end subroutine ozone_peak

   !> All CH4 over its loss to OH, in years; 0 without a loss.
   real(dp) function methane_lifetime(chemistry) result(years)
      type(chemistry_t), intent(in) :: chemistry
      real(dp) :: k(size(chemistry%problem%reactions), chemistry%problem%air%cells), loss
      integer :: r

      call update_rates(chemistry%problem, chemistry%f, k)
      loss = 0.0_dp
      associate (air => chemistry%problem%air, f => chemistry%f)
         do r = 1, size(chemistry%problem%reactions)
            if (any(chemistry%problem%reactions(r)%reactant /= [s_ch4, s_oh])) cycle
            loss = sum(k(r, :) * f(s_ch4, :) * f(s_oh, :) * air%dry**2 * air%thickness)
         end do
         years = 0.0_dp
         if (loss > 0.0_dp) years = sum(f(s_ch4, :) * air%dry * air%thickness) / loss / seconds_per_year
      end associate
   end function methane_lifetime

   !> The flux (cm-2 s-1) into the air that holds each of the `held_species` at the state `f`.
   function surface_flux(problem, f) result(flux)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :)
      real(dp) :: flux(held_gases)
      type(problem_t) :: free
      real(dp) :: k(size(problem%reactions), problem%air%cells), rate(solved, problem%air%cells)

      free = problem
      free%ground = -1.0_dp
      call update_rates(free, f, k)
      call tendencies(free, f, k, rate)
      flux = -rate(held_species, 1) * problem%air%thickness(1)
   end function surface_flux

   !> Hydrogen that escapes, in atoms cm-2 s-1.
   pure real(dp) function escape_flux(chemistry)
      type(chemistry_t), intent(in) :: chemistry

      associate (top => chemistry%problem%air%cells)
         escape_flux = limiting_flux * (chemistry%f(s_h, top) + 2.0_dp * chemistry%f(s_h2, top))
      end associate
   end function escape_flux

   !> The redox budget: what comes in by the held gases and emission, minus what leaves by deposition, rain and escape,
   !> over all of it together.
   real(dp) function redox_imbalance(chemistry, flux) result(share)
      type(chemistry_t), intent(in) :: chemistry
      real(dp), intent(in) :: flux(:)
      real(dp) :: total, turnover
      integer :: i

      total = 0.0_dp
      turnover = tiny(1.0_dp) / epsilon(1.0_dp)
      associate (problem => chemistry%problem, air => chemistry%problem%air, f => chemistry%f)
         do i = 1, held_gases
            call count_flux(held_species(i), flux(i))
         end do
         do i = 1, solved
            call count_flux(i, problem%emission(i))
            call count_flux(i, -deposition(i) * f(i, 1) * air%dry(1))
            if (dissolves(i)) call count_flux(i, -rained_out(problem, f, i))
         end do
         call count_flux(s_h, -limiting_flux * f(s_h, air%cells))
         call count_flux(s_h2, -limiting_flux * f(s_h2, air%cells))
      end associate
      share = total / turnover

   contains

      subroutine count_flux(number, amount)
         integer, intent(in) :: number
         real(dp), intent(in) :: amount

         total = total + redox_of(number) * amount
         turnover = turnover + abs(redox_of(number) * amount)
      end subroutine count_flux
   end function redox_imbalance

   !> cm-2 s-1 of species `number` that leave by rain.
   pure real(dp) function rained_out(problem, f, number) result(flux)
      type(problem_t), intent(in) :: problem
      real(dp), intent(in) :: f(:, :)
      integer, intent(in) :: number
      integer :: k

      flux = 0.0_dp
      do k = 1, problem%air%cells
         flux = flux + rain(problem, k) * f(number, k) * problem%air%dry(k) * problem%air%thickness(k)
      end do
   end function rained_out
end module photochemistry
