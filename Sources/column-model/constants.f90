!> Kinds, physical constants and the properties of the gases. SI units unless a name says otherwise.
!>
!> Sources
!> - CODATA 2018 for the fundamental constants; IAU 2015 resolution B3 for the Sun's temperature and irradiance.
!> - Molar masses: IUPAC 2021.
!> - Specific heats at constant pressure: Pierrehumbert (2010), Principles of Planetary Climate, Table 2.1
!>   (their change with temperature is left out).
module constants
   use, intrinsic :: iso_fortran_env, only: real64
   implicit none
   public

   integer, parameter :: dp = real64

   real(dp), parameter :: pi = 3.141592653589793_dp
   real(dp), parameter :: planck_constant = 6.62607015e-34_dp     !< J s
   real(dp), parameter :: light_speed = 2.99792458e8_dp           !< m s-1
   real(dp), parameter :: boltzmann = 1.380649e-23_dp             !< J K-1
   real(dp), parameter :: avogadro = 6.02214076e23_dp             !< mol-1
   real(dp), parameter :: gas_constant = 8.314462618_dp           !< J mol-1 K-1
   real(dp), parameter :: stefan_boltzmann = 5.670374419e-8_dp    !< W m-2 K-4
   real(dp), parameter :: loschmidt = 2.686780111e25_dp           !< m-3: one amagat, ideal gas at 273.15 K and 1 atm
   real(dp), parameter :: bar = 1.0e5_dp                          !< Pa
   real(dp), parameter :: atmosphere = 101325.0_dp                !< Pa
   real(dp), parameter :: solar_constant = 1361.0_dp              !< W m-2, IAU 2015 B3
   real(dp), parameter :: solar_temperature = 5772.0_dp           !< K, IAU 2015 B3
   real(dp), parameter :: seconds_per_day = 86400.0_dp

   !> Second radiation constant h c / k, in cm K (wavenumbers are in cm-1 throughout).
   real(dp), parameter :: radiation_constant = 100.0_dp * planck_constant * light_speed / boltzmann

   ! The gases, in the order of the inputs.
   integer, parameter :: gases = 6
   integer, parameter :: o2 = 1, n2 = 2, h2o = 3, ch4 = 4, co2 = 5, h2 = 6
   character(len=3), parameter :: gas_name(gases) = ['O2 ', 'N2 ', 'H2O', 'CH4', 'CO2', 'H2 ']

   !> Ozone is not an input: the photochemistry makes it.
   integer, parameter :: o3 = gases + 1
   real(dp), parameter :: ozone_mass = 47.997e-3_dp               !< kg mol-1

   !> kg mol-1
   real(dp), parameter :: molar_mass(gases) = 1.0e-3_dp * &
      [31.998_dp, 28.014_dp, 18.015_dp, 16.043_dp, 44.009_dp, 2.016_dp]

   !> J kg-1 K-1
   real(dp), parameter :: specific_heat(gases) = &
      [916.0_dp, 1037.0_dp, 1847.0_dp, 2195.0_dp, 820.0_dp, 14230.0_dp]
end module constants
