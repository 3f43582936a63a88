!> A point: the composition of the air at the surface and the insolation.
module planet
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use constants, only: dp, gases, gas_name, o2, n2, h2o, ch4, co2, h2
   use failure, only: fail
   use settings, only: has_group, plain_reason
   implicit none
   private
   public :: planet_t, read_planet

   !> `dry` are mole fractions of the dry air, which sum to 1 (water's is 0).
   type :: planet_t
      real(dp) :: dry(gases)
      logical :: ocean              !< an ocean's evaporation sets the humidity
      real(dp) :: water             !< without an ocean: water's mole fraction at the surface
      real(dp) :: insolation        !< relative to Earth's
   end type planet_t

   !> Stands for "not given": no user writes it, and anything not finite is refused before it is compared.
   real(dp), parameter :: absent = -huge(1.0_dp)

   !> Earth's air for gases that are not given. Water is not among them: without it there is an ocean.
   real(dp), parameter :: earth(gases) = [0.21_dp, 0.0_dp, 0.0_dp, 1.63e-6_dp, 4.0e-4_dp, 8.13e-8_dp]

   !> More of CO2 than this leaves nothing that the background pressure could be made of.
   real(dp), parameter :: co2_limit = 0.99_dp

contains

   !> Reads the namelist group `point` from `point.nml`.
   function read_planet() result(p)
      type(planet_t) :: p
      real(dp) :: given(gases), insolation, o2, n2, h2o, ch4, co2, h2
      integer :: unit, status
      character(len=256) :: message
      namelist /point/ o2, n2, h2o, ch4, co2, h2, insolation

      if (.not. has_group('point.nml', 'point')) &
         call fail('there is no file point.nml with a namelist group &point in the working directory')
      o2 = absent
      n2 = absent
      h2o = absent
      ch4 = absent
      co2 = absent
      h2 = absent
      insolation = absent
      open (newunit=unit, file='point.nml', status='old', action='read', iostat=status)
      if (status /= 0) call fail('cannot open point.nml')
      read (unit, nml=point, iostat=status, iomsg=message)
      if (status /= 0) call fail('point.nml: the group &point cannot be read ('//plain_reason(message)// &
         '); it knows O2, N2, H2O, CH4, CO2, H2 and insolation and ends with a slash and a line end')
      close (unit)

      given = [o2, n2, h2o, ch4, co2, h2]
      p = composition(given)
      p%insolation = 1.0_dp
      if (is_given(insolation, 'insolation')) p%insolation = insolation
      if (p%insolation > 100.0_dp) call fail('point.nml: insolation is relative to Earth''s and must not exceed 100')
   end function read_planet

   !> Whether `value` was given; ends the program where it was but is no number or negative.
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

   !> The composition from what was `given`: other gases have Earth's mixing ratios, or less where the given ones
   !> leave less than that; nitrogen, where it is not given, is what all the others leave.
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
      if (dry < 1.0e-6_dp) call fail('point.nml: there is no dry gas, and a column needs some')
      p%dry = x / dry
      if (p%dry(co2) > co2_limit) call fail('point.nml: CO2 is more than 0.99 of the dry air; '// &
         'its pressure is that of the other dry gases times CO2 / (1 - CO2), so some of them must be left')
      p%insolation = 1.0_dp
   end function composition
end module planet
