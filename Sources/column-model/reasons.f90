!> The reasons of unstable points: the number is an output, the name begins the message.
module reasons
   implicit none
   public

   !> The first is for a stable point.
   integer, parameter :: reason_none = 0, reason_runaway = 1, reason_collapse = 2, reason_redox = 3, reason_flux = 4, &
      reason_convergence = 5, reason_frozen = 6
   character(len=16), parameter :: reason_name(6) = ['runaway         ', 'co2_collapse    ', 'redox_unstable  ', &
      'flux_infeasible ', 'no_convergence  ', 'frozen_out      ']
end module reasons
