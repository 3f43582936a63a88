!> What a run leaves behind: `result.json`, and by way of others `profiles.csv`, `chemistry.csv` and `column_state.dat`.
module results
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use constants, only: dp, bar, h2o, molar_mass
   use column, only: column_t, build_column, co2_pressure, stratosphere_temperature
   use coupling, only: run_t
   use energy_balance, only: climate_t
   use files, only: begin_file, publish, number
   use photochemistry, only: ozone_column, ozone_peak, methane_lifetime, escape_flux, redox_imbalance
   use planet, only: flux_unit
   use profiles, only: write_profiles
   use quadrature, only: power_law_integral
   use saturation, only: co2_saturation
   use shortwave, only: incident_flux
   use species, only: s_co, s_h2o
   use state_file, only: write_state
   use verdicts, only: verdict_t
   implicit none
   private
   public :: write_results

contains

   !> Writes all files. The column is that of the equilibrium or, without one, that in which the fluxes come closest.
   subroutine write_results(run, verdict)
      type(run_t), intent(in) :: run
      type(verdict_t), intent(in) :: verdict
      type(column_t) :: c

      call build_column(run%climate%planet, run%climate%settings, run%climate%trace, run%outcome%state%temperature, c)
      call write_profiles(run, c)
      call write_state(run)
      call write_json(run, verdict, c)
   end subroutine write_results

   subroutine write_json(run, verdict, c)
      type(run_t), intent(in) :: run
      type(verdict_t), intent(in) :: verdict
      type(column_t), intent(in) :: c
      character(len=*), parameter :: path = 'result.json'
      real(dp) :: carbon, light
      integer :: unit

      unit = begin_file(path)
      write (unit, '(a)') '{'
      write (unit, '(3a)') '  "verdict": "', trim(merge('stable  ', 'unstable', verdict%stable)), '",'
      write (unit, '(3a)') '  "message": "', verdict%message, '",'
      write (unit, '(a, i0, a)') '  "iterations": ', run%outcome%iterations, ','
      write (unit, '(a)') '  "outputs": {'
      associate (climate => run%climate, state => run%outcome%state, balanced => run%outcome%stable)
         carbon = co2_pressure(climate%planet, climate%settings)
         light = incident_flux(climate%planet)
         call put('surface_temperature', c%surface_temperature, balanced)
         call put('surface_pressure', c%pressure(c%levels) / bar, balanced)
         call put('surface_water', c%water(c%levels), balanced)
         call put('water_column', water_column(climate, c), balanced)
         call put('outgoing_longwave', state%outgoing, .true.)
         call put('absorbed_shortwave', state%absorbed, .true.)
         call put('planetary_albedo', 1.0_dp - state%absorbed / max(light, tiny(1.0_dp)), light > 0.0_dp)
         call put('energy_residual', state%surplus, .true.)
         call put('climate_feedback', run%outcome%feedback, balanced)
         call put('tropopause_pressure', c%tropopause_pressure / bar, balanced)
         call put('stratosphere_temperature', min(c%surface_temperature, &
            stratosphere_temperature(climate%planet, climate%settings)), balanced)
         call put('co2_pressure', carbon / bar, .true.)
         call put('co2_saturation', carbon / co2_saturation(c%surface_temperature), balanced)
      end associate
      call put_chemistry(run, verdict)
      call put('coupling_drift', run%drift, run%chemical .and. run%passes > 1)
      call put('reason', real(verdict%reason, dp), .true., last=.true.)
      write (unit, '(a)') '  }'
      write (unit, '(a)') '}'
      call publish(unit, path)

   contains

      subroutine put_chemistry(run, verdict)
         type(run_t), intent(in) :: run
         type(verdict_t), intent(in) :: verdict
         real(dp) :: peak, altitude, imbalance, escape, lifetime, ozone, carbon_monoxide, water
         logical :: slopes(3)

         peak = 0.0_dp
         altitude = 0.0_dp
         imbalance = 0.0_dp
         escape = 0.0_dp
         lifetime = 0.0_dp
         ozone = 0.0_dp
         carbon_monoxide = 0.0_dp
         water = 0.0_dp
         if (run%chemical) then
            call ozone_peak(run%chemistry, peak, altitude)
            imbalance = redox_imbalance(run%chemistry, verdict%flux)
            escape = escape_flux(run%chemistry)
            lifetime = methane_lifetime(run%chemistry)
            ozone = ozone_column(run%chemistry)
            carbon_monoxide = run%chemistry%f(s_co, 1)
            water = run%chemistry%f(s_h2o, maxloc(-abs(run%chemistry%problem%air%pressure - 1.0e3_dp), dim=1))
         end if
         slopes = verdict%slope_known .and. run%chemical
         call put('ozone_column', ozone, run%chemical)
         call put('ozone_peak', 1.0e6_dp * peak, run%chemical)
         call put('ozone_peak_altitude', altitude, run%chemical)
         call put('stratosphere_water', 1.0e6_dp * water, run%chemical)
         call put('methane_lifetime', lifetime, run%chemical .and. lifetime > 0.0_dp)
         call put('co_mixing_ratio', carbon_monoxide, run%chemical)
         call put('o2_flux', verdict%flux(1) / flux_unit, run%chemical)
         call put('ch4_flux', verdict%flux(2) / flux_unit, run%chemical)
         call put('h2_flux', verdict%flux(3) / flux_unit, run%chemical)
         call put('o2_flux_slope', verdict%slope(1) / flux_unit, slopes(1))
         call put('ch4_flux_slope', verdict%slope(2) / flux_unit, slopes(2))
         call put('h2_flux_slope', verdict%slope(3) / flux_unit, slopes(3))
         call put('hydrogen_escape', escape / flux_unit, run%chemical)
         call put('redox_residual', imbalance, run%chemical)
      end subroutine put_chemistry

      !> One output; null if it is unknown.
      subroutine put(name, value, known, last)
         character(len=*), intent(in) :: name
         real(dp), intent(in) :: value
         logical, intent(in) :: known
         logical, intent(in), optional :: last

         write (unit, '(3a)', advance='no') '    "', name, '": '
         if (known .and. ieee_is_finite(value)) then
            write (unit, '(a)', advance='no') number(value)
         else
            write (unit, '(a)', advance='no') 'null'
         end if
         if (present(last)) then
            write (unit, '(a)') ''
         else
            write (unit, '(a)') ','
         end if
      end subroutine put
   end subroutine write_json

   !> Mass of water vapour above the surface, kg m-2.
   pure real(dp) function water_column(climate, c) result(mass)
      type(climate_t), intent(in) :: climate
      type(column_t), intent(in) :: c
      integer :: n

      n = c%levels
      associate (q => c%water * molar_mass(h2o) / c%molar_mass, p => c%pressure)
         mass = q(1) * p(1) + sum(power_law_integral(p(1:n - 1), q(1:n - 1), p(2:n), q(2:n)))
      end associate
      mass = mass / climate%settings%gravity
   end function water_column
end module results
