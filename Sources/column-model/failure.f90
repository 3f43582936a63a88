!> The refusal of an input: a sentence on standard error and a nonzero exit status.
module failure
   use, intrinsic :: iso_c_binding, only: c_int
   use, intrinsic :: iso_fortran_env, only: error_unit, output_unit
   implicit none
   private
   public :: fail

   interface
      subroutine c_exit(status) bind(c, name='exit')
         import :: c_int
         integer(c_int), value :: status
      end subroutine c_exit
   end interface

contains

   !> Ends the program with exit status 2 after `message`, which says what is wrong, where, and what to do.
   subroutine fail(message)
      character(len=*), intent(in) :: message

      write (error_unit, '(2a)') 'column-model: ', message
      flush (error_unit)
      flush (output_unit)
      call c_exit(2_c_int)
   end subroutine fail
end module failure
