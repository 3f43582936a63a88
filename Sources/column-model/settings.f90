!> The settings: resolution, limits, and the constants of the planet that are not parameters of a point.
!> Every one is an input, read from the optional namelist group `settings`, with the reason next to its default.
module settings
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use constants, only: dp, bar, solar_temperature
   use failure, only: fail
   implicit none
   private
   public :: settings_t, read_settings, has_group, plain_reason, require

   type :: settings_t
      ! Resolution
      integer :: levels = 61                     !< halving them moves Earth's surface by 0.3 K
      real(dp) :: top_pressure = 10.0_dp         !< Pa: above the levels at which the 15 micrometre band is thick
      real(dp) :: longwave_spacing = 10.0_dp     !< cm-1: half of it moves Earth's surface by less than 0.01 K
      real(dp) :: longwave_maximum = 3000.0_dp   !< cm-1: at 370 K 0.3 % of a black body's flux lies above
      ! Iteration
      integer :: iteration_limit = 200           !< energy balances; a cold start takes 10 to 40
      real(dp) :: balance_tolerance = 1.0e-3_dp  !< W m-2: some 0.03 K at the flattest equilibria met
      real(dp) :: scan_step = 15.0_dp            !< K: spacing of the search for the coldest equilibrium
      real(dp) :: temperature_minimum = 80.0_dp  !< K: below it nitrogen condenses at a bar
      real(dp) :: temperature_maximum = 370.0_dp !< K: past the maximum of an ocean planet's outgoing radiation; above
                                                 !< it steam scatters so much sunlight that a few planets near the
                                                 !< edge have a second equilibrium, and absorption data end
      ! The planet
      real(dp) :: gravity = 9.80665_dp           !< m s-2: standard gravity
      real(dp) :: dry_pressure = 1.0_dp          !< bar of all dry gases but CO2 (Kasting et al. 1993: 1 bar N2)
      real(dp) :: surface_albedo = 0.1683_dp      !< clouds too: tuned once, so that today's Earth has 288.0 K
      real(dp) :: star_temperature = solar_temperature !< K: a black body
      real(dp) :: zenith_cosine = 0.5_dp         !< the usual global mean, cos 60 degrees, on half of the planet
      real(dp) :: lapse_rate = 0.0_dp            !< K km-1 of the troposphere, as in early models; 0: moist adiabat
      ! Water
      real(dp) :: surface_relative_humidity = 0.77_dp  !< Manabe and Wetherald (1967)
      character(len=24) :: humidity = 'cess'     !< 'manabe-wetherald', 'cess' or 'saturated'
      ! Stratosphere
      real(dp) :: stratosphere_temperature = 0.0_dp !< K; 0: the skin temperature (see `column`)
      real(dp) :: stratosphere_albedo = 0.467_dp !< of the skin temperature: so that it is 200 K today, the cold trap of
                                                 !< Kasting (1988); the grey skin under Earth's own albedo has 214 K
   end type settings_t

contains

   !> Reads the group `settings`, if there is one, from `settings.nml` and then from `point.nml`.
   function read_settings() result(s)
      type(settings_t) :: s

      if (has_group('settings.nml', 'settings')) call read_group('settings.nml', s)
      if (has_group('point.nml', 'settings')) call read_group('point.nml', s)
      call validate(s)
   end function read_settings

   !> Whether `path` exists and a line of it begins the namelist group `group`.
   logical function has_group(path, group) result(found)
      character(len=*), intent(in) :: path, group
      character(len=512) :: line
      integer :: unit, status, i

      found = .false.
      open (newunit=unit, file=path, status='old', action='read', iostat=status)
      if (status /= 0) return
      do
         read (unit, '(a)', iostat=status) line
         if (status /= 0) exit
         line = adjustl(line)
         do i = 1, len_trim(line)
            if (line(i:i) >= 'A' .and. line(i:i) <= 'Z') line(i:i) = achar(iachar(line(i:i)) + 32)
         end do
         if (line(1:1) /= '&') cycle
         i = len(group) + 2
         found = line(2:i - 1) == group .and. index(' /!'//achar(9), line(i:i)) > 0
         if (found) exit
      end do
      close (unit)
   end function has_group

   !> The runtime's message about a bad namelist without its line ends.
   pure function plain_reason(message) result(text)
      character(len=*), intent(in) :: message
      character(len=:), allocatable :: text
      integer :: i

      text = trim(message)
      do i = 1, len(text)
         if (iachar(text(i:i)) < 32) text(i:i) = ' '
      end do
   end function plain_reason

   subroutine read_group(path, s)
      character(len=*), intent(in) :: path
      type(settings_t), intent(inout) :: s
      integer :: levels, iteration_limit, unit, status
      real(dp) :: top_pressure, longwave_spacing, longwave_maximum, balance_tolerance, scan_step
      real(dp) :: temperature_minimum, temperature_maximum, gravity, dry_pressure, surface_albedo
      real(dp) :: star_temperature, zenith_cosine, surface_relative_humidity
      real(dp) :: stratosphere_temperature, stratosphere_albedo, lapse_rate
      character(len=24) :: humidity
      character(len=256) :: message
      namelist /settings/ levels, iteration_limit, top_pressure, longwave_spacing, longwave_maximum, &
         balance_tolerance, scan_step, temperature_minimum, temperature_maximum, gravity, dry_pressure, &
         surface_albedo, star_temperature, zenith_cosine, lapse_rate, surface_relative_humidity, humidity, &
         stratosphere_temperature, stratosphere_albedo

      levels = s%levels
      iteration_limit = s%iteration_limit
      top_pressure = s%top_pressure
      longwave_spacing = s%longwave_spacing
      longwave_maximum = s%longwave_maximum
      balance_tolerance = s%balance_tolerance
      scan_step = s%scan_step
      temperature_minimum = s%temperature_minimum
      temperature_maximum = s%temperature_maximum
      gravity = s%gravity
      dry_pressure = s%dry_pressure
      surface_albedo = s%surface_albedo
      star_temperature = s%star_temperature
      zenith_cosine = s%zenith_cosine
      lapse_rate = s%lapse_rate
      surface_relative_humidity = s%surface_relative_humidity
      humidity = s%humidity
      stratosphere_temperature = s%stratosphere_temperature
      stratosphere_albedo = s%stratosphere_albedo

      open (newunit=unit, file=path, status='old', action='read', iostat=status)
      if (status /= 0) call fail('cannot open '//path)
      read (unit, nml=settings, iostat=status, iomsg=message)
      if (status /= 0) call fail(path//': the group &settings cannot be read ('//plain_reason(message)// &
         '); its names are listed in the README of column-model')
      close (unit)

      s = settings_t(levels, top_pressure, longwave_spacing, longwave_maximum, iteration_limit, &
         balance_tolerance, scan_step, temperature_minimum, temperature_maximum, gravity, dry_pressure, &
         surface_albedo, star_temperature, zenith_cosine, lapse_rate, surface_relative_humidity, humidity, &
         stratosphere_temperature, stratosphere_albedo)
   end subroutine read_group

   subroutine validate(s)
      type(settings_t), intent(in) :: s

      if (s%levels < 11 .or. s%levels > 2001) call fail('settings: levels must lie between 11 and 2001')
      if (s%iteration_limit < 1) call fail('settings: iteration_limit must be at least 1')
      call require('settings', 'top_pressure', s%top_pressure, 1.0e-3_dp, 1.0e3_dp)
      call require('settings', 'longwave_spacing', s%longwave_spacing, 0.1_dp, 50.0_dp)
      call require('settings', 'longwave_maximum', s%longwave_maximum, 1500.0_dp, 5000.0_dp)
      call require('settings', 'balance_tolerance', s%balance_tolerance, 1.0e-6_dp, 1.0_dp)
      call require('settings', 'scan_step', s%scan_step, 1.0_dp, 50.0_dp)
      call require('settings', 'temperature_minimum', s%temperature_minimum, 60.0_dp, 400.0_dp)
      call require('settings', 'temperature_maximum', s%temperature_maximum, 250.0_dp, 450.0_dp)
      if (s%temperature_maximum < s%temperature_minimum + 1.0_dp) &
         call fail('settings: temperature_maximum must lie at least 1 K above temperature_minimum')
      call require('settings', 'gravity', s%gravity, 0.1_dp, 100.0_dp)
      call require('settings', 'dry_pressure', s%dry_pressure, 1.0e-2_dp, 1.0e2_dp)
      if (s%top_pressure > 0.01_dp * s%dry_pressure * bar) &
         call fail('settings: top_pressure must be below a hundredth of dry_pressure')
      call require('settings', 'surface_albedo', s%surface_albedo, 0.0_dp, 1.0_dp)
      call require('settings', 'star_temperature', s%star_temperature, 2000.0_dp, 20000.0_dp)
      call require('settings', 'zenith_cosine', s%zenith_cosine, 0.05_dp, 0.55_dp)
      call require('settings', 'lapse_rate', s%lapse_rate, 0.0_dp, 20.0_dp)
      call require('settings', 'surface_relative_humidity', s%surface_relative_humidity, 0.0_dp, 1.0_dp)
      call require('settings', 'stratosphere_albedo', s%stratosphere_albedo, 0.0_dp, 0.99_dp)
      call require('settings', 'stratosphere_temperature', s%stratosphere_temperature, 0.0_dp, 300.0_dp)
      select case (s%humidity)
      case ('manabe-wetherald', 'cess', 'saturated')
      case default
         call fail("settings: humidity must be 'manabe-wetherald', 'cess' or 'saturated', not '"//trim(s%humidity)//"'")
      end select
   end subroutine validate

   !> Refuses a `value` of the namelist `group` that is NaN or not between `low` and `high`.
   subroutine require(group, name, value, low, high)
      character(len=*), intent(in) :: group, name
      real(dp), intent(in) :: value, low, high
      character(len=64) :: range

      write (range, '(es10.3e2, a, es10.3e2)') low, ' and ', high
      if (.not. ieee_is_finite(value)) then
         call fail(group//': '//name//' is not a number')
      else if (value < low .or. value > high) then
         call fail(group//': '//name//' must lie between '//trim(adjustl(range)))
      end if
   end subroutine require
end module settings
