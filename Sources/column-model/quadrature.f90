!> Integration over pressure between two levels.
module quadrature
   use constants, only: dp
   implicit none
   private
   public :: power_law_integral

contains

   !> The integral of f over p from `p0` to `p1`, where f has the values `f0` and `f1` at the ends and is a power of p
   !> between them: exact for a well-mixed gas, close for water, which a trapezium overestimates.
   elemental real(dp) function power_law_integral(p0, f0, p1, f1) result(integral)
      real(dp), intent(in) :: p0, f0, p1, f1
      real(dp) :: start, end, ratio

      start = p0 * f0
      end = p1 * f1
      integral = 0.5_dp * (start + end) * log(p1 / p0)
      if (start <= tiny(1.0_dp) .or. end <= tiny(1.0_dp)) return
      ratio = log(end / start)
      if (abs(ratio) > 1.0e-4_dp) integral = (end - start) / ratio * log(p1 / p0)
   end function power_law_integral
end module quadrature
