!> `column_state.dat`: the state that a run writes for warm starts, and reads of its parent. Of the
!> climate a namelist group; after it, of the chemistry, the numbers of cells and species and a line of mixing ratios
!> per cell.
module state_file
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use constants, only: dp
   use coupling, only: run_t
   use equilibrium, only: parent_t
   use files, only: begin_file, publish
   use photochemistry, only: chemistry_t, adopt_state
   use species, only: solved
   implicit none
   private
   public :: read_parent, write_state

   character(len=*), parameter :: state_path = 'column_state.dat'

contains

   !> The state that the parent's run left in `parent/`, if there is one, for a run with `cells` cells of chemistry. A
   !> state that cannot be read is ignored: it would only have saved time.
   subroutine read_parent(cells, parent, chemistry)
      integer, intent(in) :: cells
      type(parent_t), intent(out) :: parent
      type(chemistry_t), intent(inout) :: chemistry
      real(dp) :: surface_temperature, climate_feedback
      integer :: unit, status
      namelist /state/ surface_temperature, climate_feedback

      surface_temperature = parent%temperature
      climate_feedback = parent%feedback
      open (newunit=unit, file='parent/'//state_path, status='old', action='read', iostat=status)
      if (status /= 0) return
      read (unit, nml=state, iostat=status)
      if (status == 0 .and. ieee_is_finite(surface_temperature) .and. ieee_is_finite(climate_feedback)) then
         if (surface_temperature > 0.0_dp) then
            parent = parent_t(surface_temperature, climate_feedback)
            call read_chemistry(unit, cells, chemistry)
         end if
      end if
      close (unit)
   end subroutine read_parent

   !> The chemistry of an open state, if it is there, is sound and has as many cells and species as this run.
   subroutine read_chemistry(unit, cells, chemistry)
      integer, intent(in) :: unit, cells
      type(chemistry_t), intent(inout) :: chemistry
      real(dp) :: f(solved, cells)
      integer :: their_cells, their_species, status

      read (unit, *, iostat=status) their_cells, their_species
      if (status /= 0) return
      if (their_cells /= cells .or. their_species /= solved) return
      read (unit, *, iostat=status) f
      if (status /= 0) return
      if (.not. all(ieee_is_finite(f))) return
      if (any(f <= 0.0_dp) .or. any(f > 1.0e3_dp)) return
      call adopt_state(chemistry, f)
   end subroutine read_chemistry

   !> The state from which later runs start warm; a climate without an equilibrium has none.
   subroutine write_state(run)
      type(run_t), intent(in) :: run
      integer :: unit, k

      unit = begin_file(state_path)
      write (unit, '(a)') '&state'
      if (run%outcome%stable) then
         write (unit, '(a, es17.9e3)') ' surface_temperature = ', run%outcome%state%temperature
         write (unit, '(a, es17.9e3)') ' climate_feedback = ', run%outcome%feedback
      end if
      write (unit, '(a)') '/'
      if (run%chemical) then
         write (unit, '(2i5)') size(run%chemistry%f, 2), solved
         do k = 1, size(run%chemistry%f, 2)
            write (unit, '(*(es16.8e3))') run%chemistry%f(:, k)
         end do
      end if
      call publish(unit, state_path)
   end subroutine write_state
end module state_file
