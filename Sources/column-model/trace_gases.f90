!> The gases that the photochemistry passes to the climate: ozone, and the water that it makes above the cold trap.
module trace_gases
   use constants, only: dp
   implicit none
   private
   public :: trace_t, ozone_at, extra_water_at

   !> Profiles from the ground up; none are known before the first chemistry.
   type :: trace_t
      real(dp), allocatable :: ln_pressure(:)   !< of Pa, falling
      real(dp), allocatable :: ozone(:)         !< mole fraction
      real(dp), allocatable :: extra_water(:)   !< mole fraction beyond that of the cold trap
   end type trace_t

contains

   !> Ozone's mole fraction at `pressure` (Pa).
   pure real(dp) function ozone_at(trace, pressure)
      type(trace_t), intent(in) :: trace
      real(dp), intent(in) :: pressure

      ozone_at = 0.0_dp
      if (allocated(trace%ozone)) ozone_at = between(trace%ln_pressure, trace%ozone, log(pressure))
   end function ozone_at

   !> The mole fraction of water that chemistry adds at `pressure` (Pa).
   pure real(dp) function extra_water_at(trace, pressure)
      type(trace_t), intent(in) :: trace
      real(dp), intent(in) :: pressure

      extra_water_at = 0.0_dp
      if (allocated(trace%extra_water)) &
         extra_water_at = between(trace%ln_pressure, trace%extra_water, log(pressure))
   end function extra_water_at

   !> Linear between equally spaced, falling points; the outermost values beyond.
   pure real(dp) function between(x, y, at)
      real(dp), intent(in) :: x(:), y(:), at
      real(dp) :: place
      integer :: i

      place = (at - x(1)) / (x(2) - x(1))
      place = min(real(size(x) - 1, dp), max(0.0_dp, place))
      i = min(int(place) + 1, size(x) - 1)
      place = place - real(i - 1, dp)
      between = (1.0_dp - place) * y(i) + place * y(i + 1)
   end function between
end module trace_gases
