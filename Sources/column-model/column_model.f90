!> A model of a planet's atmosphere as one column: reads `point.nml` in the working directory, finds the equilibrium
!> of its temperatures, and leaves `result.json`, `profiles.csv` and `column_state.dat` there. See README.md.
program column_model
   use, intrinsic :: iso_fortran_env, only: output_unit
   use constants, only: dp, gases, gas_name, h2o
   use energy_balance, only: climate_t, prepare_climate
   use equilibrium, only: outcome_t, parent_t, find_equilibrium
   use planet, only: planet_t, read_planet
   use results, only: write_results, read_parent
   use settings, only: settings_t, read_settings
   implicit none
   type(settings_t) :: s
   type(planet_t) :: p
   type(climate_t) :: climate
   type(outcome_t) :: outcome
   type(parent_t) :: parent
   integer :: gas

   s = read_settings()
   p = read_planet()
   parent = read_parent()

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

   call prepare_climate(p, s, climate)
   call find_equilibrium(climate, parent, outcome)
   call write_results(climate, outcome)
   write (output_unit, '(3a)') trim(merge('stable  ', 'unstable', outcome%stable)), ': ', outcome%message
end program column_model
