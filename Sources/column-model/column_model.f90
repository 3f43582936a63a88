!> A model of a planet's atmosphere as one column: reads `point.nml` in the working directory, finds the equilibrium
!> of its temperatures, and writes `result.json`, `profiles.csv` and `column_state.dat` there. See README.md.
program column_model
   use, intrinsic :: iso_fortran_env, only: output_unit
   use constants, only: dp, gases, gas_name, h2o
   use chemistry_settings, only: chemistry_settings_t, read_chemistry_settings
   use coupling, only: run_t, settle
   use equilibrium, only: parent_t
   use planet, only: planet_t, read_planet
   use results, only: write_results
   use state_file, only: read_parent
   use verdicts, only: verdict_t, judge
   use settings, only: settings_t, read_settings
   implicit none
   type(settings_t) :: s
   type(planet_t) :: p
   type(chemistry_settings_t) :: chem
   type(run_t) :: run
   type(parent_t) :: parent
   type(verdict_t) :: verdict
   integer :: gas

   s = read_settings()
   chem = read_chemistry_settings()
   p = read_planet(s)
   call read_parent(chem%cells, parent, run%chemistry)

   write (output_unit, '(a, f9.4, a)') 'insolation ', p%insolation, ' of Earth''s; dry air:'
   do gas = 1, gases
      if (gas /= h2o) write (output_unit, '(2x, a3, es12.4)') gas_name(gas), p%dry(gas)
   end do
   if (p%ocean) then
      write (output_unit, '(a)') 'water from an ocean, relative humidity: '//trim(s%humidity)
   else
      write (output_unit, '(a, es12.4)') 'water prescribed at the surface: ', p%water
   end if
   if (parent%temperature > 0.0_dp) &
      write (output_unit, '(a, es12.5, a)') 'starts from the parent''s ', parent%temperature, ' K'

   call settle(p, s, chem, parent, run)
   call judge(run, verdict)
   call write_results(run, verdict)
   write (output_unit, '(3a)') trim(merge('stable  ', 'unstable', verdict%stable)), ': ', verdict%message
end program column_model
