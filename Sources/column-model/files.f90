!> Writes complete files: each is written under a temporary name and renamed, so that a reader never sees an incomplete
!> file.
module files
   use, intrinsic :: iso_c_binding, only: c_char, c_int, c_null_char
   use constants, only: dp
   use failure, only: fail
   implicit none
   private
   public :: begin_file, publish, number

   character(len=*), parameter :: temporary = '.tmp'

   interface
      integer(c_int) function c_rename(from, to) bind(c, name='rename')
         import :: c_char, c_int
         character(kind=c_char), intent(in) :: from(*), to(*)
      end function c_rename
   end interface

contains

   !> Opens a unit for the future file `path`.
   integer function begin_file(path) result(unit)
      character(len=*), intent(in) :: path
      integer :: status

      open (newunit=unit, file=path//temporary, action='write', status='replace', iostat=status)
      if (status /= 0) call fail('cannot write '//path)
   end function begin_file

   !> Closes the finished file and gives it its name.
   subroutine publish(unit, path)
      integer, intent(in) :: unit
      character(len=*), intent(in) :: path

      close (unit)
      if (c_rename(path//temporary//c_null_char, path//c_null_char) /= 0) call fail('cannot write '//path)
   end subroutine publish

   !> `value` with nine digits, without blanks; the exponent has three digits, so that no number is without its
   !> letter.
   pure function number(value) result(text)
      real(dp), intent(in) :: value
      character(len=:), allocatable :: text
      character(len=16) :: buffer

      write (buffer, '(es16.8e3)') value
      text = trim(adjustl(buffer))
   end function number
end module files
