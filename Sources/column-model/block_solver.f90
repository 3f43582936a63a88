!> Linear systems of blocks on three diagonals, of which the outer two are diagonal themselves: what implicit chemistry
!> with diffusion between neighbouring cells leads to. LU factors by elimination from the first block on (the block form
!> of the Thomas algorithm; Golub and Van Loan 2013, Matrix Computations, section 4.5.1), with partial pivoting in each.
!>
!> Rows and columns are scaled first: concentrations differ by twenty orders of magnitude.
module block_solver
   use constants, only: dp
   implicit none
   private
   public :: factors_t, factorise, solve

   type :: factors_t
      integer :: size = 0, blocks = 0
      real(dp), allocatable :: lu(:, :, :)       !< (size, size, blocks)
      real(dp), allocatable :: next(:, :, :)     !< the inverse of each block times the coupling to the next one
      real(dp), allocatable :: lower(:, :)       !< scaled coupling to the block before
      real(dp), allocatable :: row(:, :), column(:, :)
      integer, allocatable :: pivot(:, :)
   end type factors_t

contains

   !> Factors of the matrix with the blocks `diagonal`, each coupled to the one before by `lower` and to the one after
   !> by `upper`. `scale` is the magnitude of each unknown. `fine` is false if a block is singular.
   subroutine factorise(diagonal, lower, upper, scale, f, fine)
      real(dp), intent(in) :: diagonal(:, :, :), lower(:, :), upper(:, :), scale(:, :)
      type(factors_t), intent(inout) :: f
      logical, intent(out) :: fine
      integer :: i, k, m, n

      m = size(diagonal, 1)
      n = size(diagonal, 3)
      if (f%size /= m .or. f%blocks /= n) then
         if (allocated(f%lu)) deallocate (f%lu, f%next, f%lower, f%row, f%column, f%pivot)
         allocate (f%lu(m, m, n), f%next(m, m, n), f%lower(m, n), f%row(m, n), f%column(m, n), f%pivot(m, n))
         f%size = m
         f%blocks = n
      end if
      f%column = scale
      fine = .true.
      do k = 1, n
         do i = 1, m
            f%lu(:, i, k) = diagonal(:, i, k) * scale(i, k)
         end do
         f%row(:, k) = 1.0_dp / max(maxval(abs(f%lu(:, :, k)), dim=2), tiny(1.0_dp) / epsilon(1.0_dp))
         do i = 1, m
            f%lu(:, i, k) = f%lu(:, i, k) * f%row(:, k)
         end do
         f%lower(:, k) = 0.0_dp
         if (k > 1) then
            f%lower(:, k) = lower(:, k) * f%row(:, k) * scale(:, k - 1)
            do i = 1, m
               f%lu(:, i, k) = f%lu(:, i, k) - f%lower(:, k) * f%next(:, i, k - 1)
            end do
         end if
         call decompose(f%lu(:, :, k), f%pivot(:, k), fine)
         if (.not. fine) return
         if (k == n) exit
         f%next(:, :, k) = 0.0_dp
         do i = 1, m
            f%next(i, i, k) = upper(i, k) * f%row(i, k) * scale(i, k + 1)
            call substitute(f%lu(:, :, k), f%pivot(:, k), f%next(:, i, k))
         end do
      end do
   end subroutine factorise

   !> Replaces `x`, the right-hand side, by the solution.
   subroutine solve(f, x)
      type(factors_t), intent(in) :: f
      real(dp), intent(inout) :: x(:, :)
      integer :: k

      do k = 1, f%blocks
         x(:, k) = x(:, k) * f%row(:, k)
         if (k > 1) x(:, k) = x(:, k) - f%lower(:, k) * x(:, k - 1)
         call substitute(f%lu(:, :, k), f%pivot(:, k), x(:, k))
      end do
      do k = f%blocks - 1, 1, -1
         x(:, k) = x(:, k) - matmul(f%next(:, :, k), x(:, k + 1))
      end do
      x = x * f%column
   end subroutine solve

   !> LU factors of `a` in its place.
   pure subroutine decompose(a, pivot, fine)
      real(dp), intent(inout) :: a(:, :)
      integer, intent(out) :: pivot(:)
      logical, intent(out) :: fine
      real(dp) :: swap(size(a, 1))
      integer :: i, j, n

      n = size(a, 1)
      fine = .false.
      do i = 1, n
         j = i - 1 + maxloc(abs(a(i:, i)), dim=1)
         pivot(i) = j
         if (.not. abs(a(j, i)) > 0.0_dp) return
         if (j /= i) then
            swap = a(i, :)
            a(i, :) = a(j, :)
            a(j, :) = swap
         end if
         a(i + 1:, i) = a(i + 1:, i) / a(i, i)
         do j = i + 1, n
            if (abs(a(i, j)) > 0.0_dp) a(i + 1:, j) = a(i + 1:, j) - a(i + 1:, i) * a(i, j)
         end do
      end do
      fine = .true.
   end subroutine decompose

   !> Replaces `x` by the solution of the factored system.
   pure subroutine substitute(a, pivot, x)
      real(dp), intent(in) :: a(:, :)
      integer, intent(in) :: pivot(:)
      real(dp), intent(inout) :: x(:)
      real(dp) :: swap
      integer :: i, n

      n = size(x)
      do i = 1, n
         swap = x(pivot(i))
         x(pivot(i)) = x(i)
         x(i) = swap
      end do
      do i = 1, n
         if (abs(x(i)) > 0.0_dp) x(i + 1:) = x(i + 1:) - a(i + 1:, i) * x(i)
      end do
      do i = n, 1, -1
         x(i) = x(i) / a(i, i)
         x(:i - 1) = x(:i - 1) - a(:i - 1, i) * x(i)
      end do
   end subroutine substitute
end module block_solver
