!> A point: the composition of the air at the surface and the insolation.
module planet
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use constants, only: dp, gases, gas_name, o2, n2, h2o, ch4, co2, h2
   use failure, only: fail
   use settings, only: settings_t, has_group, plain_reason, require
   implicit none
   private
   public :: planet_t, read_planet, held_gases, flux_unit

   !> O2, CH4 and H2, whose mixing ratios at the ground surface fluxes have to hold.
   integer, parameter :: held_gases = 3

   !> cm-2 s-1: the unit of fluxes and of their slopes in the point and in the outputs.
   real(dp), parameter :: flux_unit = 1.0e9_dp

   !> `dry` are mole fractions of the dry air, which sum to 1 (water's is 0).
   type :: planet_t
      real(dp) :: dry(gases)
      logical :: ocean              !< an ocean's evaporation sets the humidity
      real(dp) :: water             !< without an ocean: water's mole fraction at the surface
      real(dp) :: insolation        !< relative to Earth's
      real(dp) :: star_temperature  !< K
      real(dp) :: ultraviolet       !< the star's below 200 nm, relative to what its temperature makes one expect
      real(dp) :: co_flux           !< emission of CO, cm-2 s-1
      real(dp) :: least_flux(held_gases), greatest_flux(held_gases)  !< cm-2 s-1 of O2, CH4 and H2
      real(dp) :: least_slope(held_gases)   !< of their fluxes, cm-2 s-1 per e-fold of mixing ratio
   end type planet_t

   !> Stands for "not given": no user writes it, and anything not finite is refused before it is compared.
   real(dp), parameter :: absent = -huge(1.0_dp)

   !> Earth's air for gases that are not given. Water is not among them: without it there is an ocean.
   real(dp), parameter :: earth(gases) = [0.21_dp, 0.0_dp, 0.0_dp, 1.63e-6_dp, 4.0e-4_dp, 8.13e-8_dp]

   !> cm-2 s-1: Seinfeld and Pandis (2006), Atmospheric Chemistry and Physics, as in Atmos' modern Earth.
   real(dp), parameter :: modern_co_flux = 3.7e11_dp

   !> With more CO2 than this there is no gas left for the background pressure.
   real(dp), parameter :: co2_limit = 0.99_dp

contains

   !> Reads the namelist group `point` from `point.nml`; the star is the settings' unless the point has its own.
   function read_planet(s) result(p)
      type(settings_t), intent(in) :: s
      type(planet_t) :: p
      real(dp) :: given(gases), insolation, o2, n2, h2o, ch4, co2, h2, star_temperature, ultraviolet, co_flux
      real(dp) :: o2_flux_minimum, o2_flux_maximum, ch4_flux_minimum, ch4_flux_maximum, h2_flux_minimum, h2_flux_maximum
      real(dp) :: o2_slope_minimum, ch4_slope_minimum, h2_slope_minimum
      integer :: unit, status
      character(len=256) :: message
      namelist /point/ o2, n2, h2o, ch4, co2, h2, insolation, star_temperature, ultraviolet, co_flux, &
         o2_flux_minimum, o2_flux_maximum, ch4_flux_minimum, ch4_flux_maximum, h2_flux_minimum, h2_flux_maximum, &
         o2_slope_minimum, ch4_slope_minimum, h2_slope_minimum

      if (.not. has_group('point.nml', 'point')) &
         call fail('no file point.nml with a namelist group &point in the working directory')
      o2 = absent
      n2 = absent
      h2o = absent
      ch4 = absent
      co2 = absent
      h2 = absent
      insolation = absent
      star_temperature = absent
      ultraviolet = absent
      co_flux = absent
      o2_flux_minimum = absent
      o2_flux_maximum = -absent
      ch4_flux_minimum = absent
      ch4_flux_maximum = -absent
      h2_flux_minimum = absent
      h2_flux_maximum = -absent
      o2_slope_minimum = absent
      ch4_slope_minimum = 0.0_dp
      h2_slope_minimum = 0.0_dp
      open (newunit=unit, file='point.nml', status='old', action='read', iostat=status)
      if (status /= 0) call fail('cannot open point.nml')
      read (unit, nml=point, iostat=status, iomsg=message)
      if (status /= 0) call fail('point.nml: the group &point cannot be read ('//plain_reason(message)// &
         '); its names are listed in the README of column-model, and it ends with a slash and a line end')
      close (unit)

      given = [o2, n2, h2o, ch4, co2, h2]
      p = composition(given)
      p%insolation = 1.0_dp
      if (is_given(insolation, 'insolation')) p%insolation = insolation
      p%star_temperature = s%star_temperature
      if (is_given(star_temperature, 'star_temperature')) p%star_temperature = star_temperature
      call require('point.nml', 'star_temperature', p%star_temperature, 2000.0_dp, 20000.0_dp)
      p%ultraviolet = 1.0_dp
      if (is_given(ultraviolet, 'ultraviolet')) p%ultraviolet = ultraviolet
      if (p%ultraviolet > 1.0e4_dp) call fail('point.nml: ultraviolet must not exceed 1e4')
      p%co_flux = modern_co_flux
      if (is_given(co_flux, 'CO_flux')) p%co_flux = flux_unit * min(co_flux, 1.0e9_dp)
      if (p%co_flux > 1.0e14_dp) call fail('point.nml: CO_flux must not exceed 1e5 x 1e9 per cm2 and s')
      p%least_flux = [o2_flux_minimum, ch4_flux_minimum, h2_flux_minimum]
      p%greatest_flux = [o2_flux_maximum, ch4_flux_maximum, h2_flux_maximum]
      p%least_slope = [o2_slope_minimum, ch4_slope_minimum, h2_slope_minimum]
      if (.not. all(ieee_is_finite([p%least_flux, p%greatest_flux, p%least_slope]))) &
         call fail('point.nml: a bound of a flux or of its slope is not a finite number')
      p%least_flux = in_cgs(p%least_flux)
      p%greatest_flux = in_cgs(p%greatest_flux)
      p%least_slope = in_cgs(p%least_slope)
      if (p%insolation > 100.0_dp) call fail('point.nml: insolation is relative to Earth''s and must not exceed 100')
   end function read_planet

   !> A bound in cm-2 s-1; one that is not given stays beyond all fluxes.
   elemental real(dp) function in_cgs(bound)
      real(dp), intent(in) :: bound
      real(dp), parameter :: beyond = 1.0e60_dp

      in_cgs = flux_unit * min(beyond, max(-beyond, bound))
   end function in_cgs

   !> Whether `value` was given; ends the program if it was given but is NaN or negative.
   logical function is_given(value, name)
      real(dp), intent(in) :: value
      character(len=*), intent(in) :: name

      is_given = .false.
      if (.not. ieee_is_finite(value)) then
         call fail('point.nml: '//trim(name)//' is not a finite number')
      else if (value > absent) then
         is_given = .true.
         if (value < 0.0_dp) call fail('point.nml: '//trim(name)//' is negative')
      end if
   end function is_given

   !> The composition from what was `given`: other gases have Earth's mixing ratios, or less if the given ones
   !> leave less than that; nitrogen, unless given, is what all the others leave.
   function composition(given) result(p)
      real(dp), intent(in) :: given(gases)
      type(planet_t) :: p
      real(dp) :: x(gases), rest, dry
      logical :: known(gases)
      character(len=32) :: text
      integer :: i

      do i = 1, gases
         known(i) = is_given(given(i), gas_name(i))
      end do
      x = merge(given, 0.0_dp, known)
      if (sum(x) > 1.0_dp + 1.0e-9_dp) then
         write (text, '(f0.6)') sum(x)
         call fail('point.nml: the mixing ratios add up to '//trim(text)//', which is more than 1')
      end if
      rest = max(0.0_dp, 1.0_dp - sum(x))
      where (.not. known) x = earth * min(1.0_dp, rest / max(tiny(1.0_dp), sum(earth, mask=.not. known)))
      if (.not. known(n2)) x(n2) = max(0.0_dp, 1.0_dp - sum(x))

      p%ocean = .not. known(h2o)
      p%water = x(h2o)
      x(h2o) = 0.0_dp
      dry = sum(x)
      if (dry < 1.0e-6_dp) call fail('point.nml: no dry gas; a column needs one')
      p%dry = x / dry
      if (p%dry(co2) > co2_limit) call fail('point.nml: CO2 is more than 0.99 of the dry air; '// &
         'its pressure is that of the other dry gases times CO2 / (1 - CO2), so some of them must be left')
      p%insolation = 1.0_dp
   end function composition
end module planet
