!> What had to be chosen for the photochemistry, read from the optional namelist group `chemistry` in `settings.nml` or
!> `point.nml`, with the reason next to each default.
module chemistry_settings
   use constants, only: dp
   use failure, only: fail
   use settings, only: has_group, plain_reason, require
   implicit none
   private
   public :: chemistry_settings_t, read_chemistry_settings

   type :: chemistry_settings_t
      logical :: photochemistry = .true.         !< without it there is no ozone, and no water above the cold trap's
      logical :: chapman = .false.               !< oxygen's own reactions alone (Chapman 1930), to compare with
      ! Resolution and iteration
      integer :: cells = 48                      !< of equal steps in ln p: 2.2 km on the Earth
      real(dp) :: top_pressure = 0.05_dp         !< Pa: 95 km on the Earth, below separation by weight
      integer :: step_limit = 300                !< time steps; a cold start takes some 40
      real(dp) :: end_time = 1.0e17_dp           !< s, which a steady state has to reach
      real(dp) :: tolerance = 1.0e-4_dp          !< relative change of any species that counts, at the last step
      integer :: coupling_limit = 15             !< passes of climate and chemistry
      real(dp) :: coupling_tolerance = 0.02_dp   !< K of surface temperature between two passes
      ! Air
      real(dp) :: nitrogen_oxides = 1.0_dp       !< of today's NO and NO2, a profile in `chemical_air`
      real(dp) :: ultraviolet_albedo = 0.25_dp   !< of ground and clouds, as in Kasting's models
      real(dp) :: rainout = 2.0e-6_dp            !< s-1 of soluble gases near the ground (6 days; Giorgi and Chameides
                                                 !< 1985, J. Geophys. Res. 90, 7872), less where the air is drier
   end type chemistry_settings_t

contains

   !> Reads the group `chemistry`, if there is one, from `settings.nml` and then from `point.nml`.
   function read_chemistry_settings() result(s)
      type(chemistry_settings_t) :: s

      if (has_group('settings.nml', 'chemistry')) call read_group('settings.nml', s)
      if (has_group('point.nml', 'chemistry')) call read_group('point.nml', s)
      call validate(s)
   end function read_chemistry_settings

   subroutine read_group(path, s)
      character(len=*), intent(in) :: path
      type(chemistry_settings_t), intent(inout) :: s
      logical :: photochemistry, chapman
      integer :: cells, step_limit, coupling_limit, unit, status
      real(dp) :: top_pressure, end_time, tolerance, coupling_tolerance, nitrogen_oxides, ultraviolet_albedo, rainout
      character(len=256) :: message
      namelist /chemistry/ photochemistry, chapman, cells, top_pressure, step_limit, end_time, tolerance, &
         coupling_limit, coupling_tolerance, nitrogen_oxides, ultraviolet_albedo, rainout

      photochemistry = s%photochemistry
      chapman = s%chapman
      cells = s%cells
      top_pressure = s%top_pressure
      step_limit = s%step_limit
      end_time = s%end_time
      tolerance = s%tolerance
      coupling_limit = s%coupling_limit
      coupling_tolerance = s%coupling_tolerance
      nitrogen_oxides = s%nitrogen_oxides
      ultraviolet_albedo = s%ultraviolet_albedo
      rainout = s%rainout

      open (newunit=unit, file=path, status='old', action='read', iostat=status)
      if (status /= 0) call fail('cannot open '//path)
      read (unit, nml=chemistry, iostat=status, iomsg=message)
      if (status /= 0) call fail(path//': the group &chemistry cannot be read ('//plain_reason(message)// &
         '); its names are listed in the README of column-model')
      close (unit)

      s = chemistry_settings_t(photochemistry, chapman, cells, top_pressure, step_limit, end_time, tolerance, &
         coupling_limit, coupling_tolerance, nitrogen_oxides, ultraviolet_albedo, rainout)
   end subroutine read_group

   subroutine validate(s)
      type(chemistry_settings_t), intent(in) :: s

      if (s%cells < 12 .or. s%cells > 500) call fail('chemistry: cells must lie between 12 and 500')
      if (s%step_limit < 1) call fail('chemistry: step_limit must be at least 1')
      if (s%coupling_limit < 1) call fail('chemistry: coupling_limit must be at least 1')
      call require('chemistry', 'top_pressure', s%top_pressure, 1.0e-3_dp, 10.0_dp)
      call require('chemistry', 'end_time', s%end_time, 1.0_dp, 1.0e30_dp)
      call require('chemistry', 'tolerance', s%tolerance, 1.0e-10_dp, 0.1_dp)
      call require('chemistry', 'coupling_tolerance', s%coupling_tolerance, 1.0e-5_dp, 1.0_dp)
      call require('chemistry', 'nitrogen_oxides', s%nitrogen_oxides, 0.0_dp, 100.0_dp)
      call require('chemistry', 'ultraviolet_albedo', s%ultraviolet_albedo, 0.0_dp, 1.0_dp)
      call require('chemistry', 'rainout', s%rainout, 0.0_dp, 1.0e-3_dp)
   end subroutine validate
end module chemistry_settings
