!> Vibration-rotation bands of CO2, CH4 and O3 by the exponential wide band model.
!>
!> The mean absorption coefficient falls off exponentially on both sides of a band's centre, the lines within it are
!> a statistical array, and an inhomogeneous path is taken as a homogeneous one of the same amount and of the
!> amount-weighted line overlap (Curtis and Godson).
!>
!> Sources
!> - Edwards (1976), Adv. Heat Transfer 12, 115; Edwards and Balakrishnan (1973), Int. J. Heat Mass Transfer 16, 25:
!>   the model, the dependence on temperature and pressure, the parameters.
!> - Modest (2013), Radiative Heat Transfer, 3rd ed., Table 11.3 and the section on the exponential wide band model:
!>   the same, from which the parameters are taken.
!> - Goody (1952), Q. J. R. Meteorol. Soc. 78, 165: transmission of a statistical array of lines.
!>
!> The widths are taken at one temperature, `reference_temperature`; the strengths and the overlap follow the
!> temperature of each level. The parameters were measured from 300 K upwards and are extrapolated to colder gas.
module wide_bands
   use constants, only: dp, co2, ch4, o3, atmosphere, avogadro, loschmidt, pi, radiation_constant, molar_mass, &
      ozone_mass
   implicit none
   private
   public :: wide_band, longwave_bands, shortwave_bands, mean_absorption, effective_depth, strength_and_overlap

   !> Temperature at which the widths are taken: the reference state of the longwave fits (Williams 2026).
   real(dp), parameter :: reference_temperature = 260.0_dp
   real(dp), parameter :: edwards_temperature = 100.0_dp        !< T0 of Edwards' parameters
   integer, parameter :: table_size = 61
   real(dp), parameter :: table_start = 50.0_dp, table_step = 10.0_dp

   !> One band. `strength` and `overlap` are tables over temperature, filled when the band is made.
   type :: wide_band
      integer :: gas
      real(dp) :: centre            !< cm-1
      real(dp) :: width             !< omega, cm-1, at the reference temperature
      real(dp) :: pressure_power    !< n
      real(dp) :: self_broadening   !< b
      real(dp) :: molar_mass        !< of the gas, kg mol-1
      real(dp) :: least_pressure    !< Pa, below which lines are as broad as there, by the molecules' motion
      real(dp) :: strength(table_size)   !< alpha(T), cm-1 m2 kg-1
      real(dp) :: overlap(table_size)    !< beta(T) at one atmosphere
   end type wide_band

   ! Vibrational modes: wavenumber (cm-1) and degeneracy, Modest Table 11.3.
   real(dp), parameter :: co2_mode(4) = [1351.0_dp, 666.0_dp, 2396.0_dp, 0.0_dp]
   integer, parameter :: co2_degeneracy(4) = [1, 2, 1, 0]
   real(dp), parameter :: ch4_mode(4) = [2914.0_dp, 1526.0_dp, 3020.0_dp, 1306.0_dp]
   integer, parameter :: ch4_degeneracy(4) = [1, 2, 3, 3]

contains

   !> The bands that matter for the planet's own radiation. The 15 micrometre band of CO2 is not among them: the
   !> simple spectral model has it.
   function longwave_bands() result(bands)
      type(wide_band), allocatable :: bands(:)

      bands = [ &
         new_band(co2, 960.0_dp, [-1, 0, 1, 0], 0.8_dp, 1.3_dp, 2.47e-9_dp, 0.04017_dp, 13.4_dp), &
         new_band(co2, 1060.0_dp, [0, -2, 1, 0], 0.8_dp, 1.3_dp, 2.48e-9_dp, 0.11888_dp, 10.1_dp), &
         new_band(co2, 2410.0_dp, [0, 0, 1, 0], 0.8_dp, 1.3_dp, 110.0_dp, 0.24723_dp, 11.2_dp), &
         new_band(ch4, 1310.0_dp, [0, 0, 0, 1], 0.8_dp, 1.3_dp, 28.0_dp, 0.08698_dp, 21.0_dp), &
         ozone_band()]
   end function longwave_bands

   !> The bands that matter for the star's radiation.
   function shortwave_bands() result(bands)
      type(wide_band), allocatable :: bands(:)

      bands = [ &
         new_band(co2, 2410.0_dp, [0, 0, 1, 0], 0.8_dp, 1.3_dp, 110.0_dp, 0.24723_dp, 11.2_dp), &
         new_band(co2, 3660.0_dp, [1, 0, 1, 0], 0.65_dp, 1.3_dp, 4.0_dp, 0.13341_dp, 23.5_dp), &
         new_band(co2, 5200.0_dp, [2, 0, 1, 0], 0.65_dp, 1.3_dp, 0.060_dp, 0.39305_dp, 34.5_dp), &
         new_band(ch4, 3020.0_dp, [0, 0, 1, 0], 0.8_dp, 1.3_dp, 46.0_dp, 0.06973_dp, 56.0_dp), &
         new_band(ch4, 4220.0_dp, [1, 0, 0, 1], 0.8_dp, 1.3_dp, 2.9_dp, 0.35429_dp, 60.0_dp), &
         new_band(ch4, 5861.0_dp, [1, 1, 0, 1], 0.8_dp, 1.3_dp, 0.42_dp, 0.68598_dp, 45.0_dp)]
   end function shortwave_bands

   !> The 9.6 micrometre band of ozone: strength 376 cm-1 per atm cm, mean line spacing 0.1 cm-1 and width parameter 30
   !> cm-1 at 300 K, which is half of this model's width; lines are 0.076 cm-1 broad at 1 atm and 296 K, and by the
   !> molecules' motion as broad as at 15 hPa (Vardavas and Taylor 2007, Radiation and Climate, section 4; Ramanathan
   !> 1976, J. Atmos. Sci. 33, 1330). The half-width was not found in a source to check it against.
   function ozone_band() result(band)
      type(wide_band) :: band
      real(dp), parameter :: line_width = 0.076_dp, line_spacing = 0.1_dp
      real(dp) :: t
      integer :: i

      band%gas = o3
      band%molar_mass = ozone_mass
      band%centre = 1042.0_dp
      band%pressure_power = 1.0_dp
      band%self_broadening = 1.0_dp
      band%least_pressure = 1500.0_dp
      band%width = 60.0_dp * sqrt(reference_temperature / 300.0_dp)
      ! An atm cm is loschmidt * 0.01 m molecules per m2.
      band%strength = 376.0_dp * avogadro / (0.01_dp * loschmidt * ozone_mass)
      do i = 1, table_size
         t = table_start + table_step * real(i - 1, dp)
         band%overlap(i) = pi * line_width / line_spacing * sqrt(296.0_dp / t)
      end do
   end function ozone_band

   !> A band from Edwards' parameters: `alpha` in cm-1 m2 g-1 and `omega` in cm-1 at 100 K, `step` the change of each
   !> vibrational quantum number.
   function new_band(gas, centre, step, power, broadening, alpha, beta, omega) result(band)
      integer, intent(in) :: gas, step(4)
      real(dp), intent(in) :: centre, power, broadening, alpha, beta, omega
      type(wide_band) :: band
      real(dp) :: mode(4), t, strength, strength0, overlap, overlap0
      integer :: degeneracy(4), i

      if (gas == co2) then
         mode = co2_mode
         degeneracy = co2_degeneracy
      else
         mode = ch4_mode
         degeneracy = ch4_degeneracy
      end if
      band%gas = gas
      band%molar_mass = molar_mass(gas)
      band%least_pressure = 0.0_dp
      band%centre = centre
      band%pressure_power = power
      band%self_broadening = broadening
      band%width = omega * sqrt(reference_temperature / edwards_temperature)
      call vibrational_sums(edwards_temperature, mode, degeneracy, step, strength0, overlap0)
      do i = 1, table_size
         t = table_start + table_step * real(i - 1, dp)
         call vibrational_sums(t, mode, degeneracy, step, strength, overlap)
         band%strength(i) = 1000.0_dp * alpha * strength / strength0
         band%overlap(i) = beta * sqrt(edwards_temperature / t) * overlap / overlap0
      end do
   end function new_band

   !> Edwards' (1 - exp(-sum u delta)) Psi(T), to which a band's strength is proportional, and Phi(T), to which its
   !> line overlap is, with u = h c nu / (k T) of each mode.
   pure subroutine vibrational_sums(t, mode, degeneracy, step, strength, overlap)
      real(dp), intent(in) :: t, mode(4)
      integer, intent(in) :: degeneracy(4), step(4)
      real(dp), intent(out) :: strength, overlap
      real(dp) :: u, term, upper, lower, roots, energy
      integer :: k, v, first

      strength = 1.0_dp
      overlap = 1.0_dp
      energy = 0.0_dp
      do k = 1, 4
         if (degeneracy(k) == 0) cycle
         u = radiation_constant * mode(k) / t
         energy = energy + u * real(step(k), dp)
         first = max(0, -step(k))
         upper = 0.0_dp
         lower = 0.0_dp
         roots = 0.0_dp
         do v = 0, 40
            lower = lower + weight(v, degeneracy(k), 0) * exp(-u * real(v, dp))
            if (v < first) cycle
            term = weight(v, degeneracy(k), abs(step(k))) * exp(-u * real(v, dp))
            upper = upper + term
            roots = roots + sqrt(term)
         end do
         strength = strength * upper / lower
         overlap = overlap * roots**2 / upper
      end do
      strength = strength * (1.0_dp - exp(-energy))
   end subroutine vibrational_sums

   !> (v + g + d - 1)! / ((g - 1)! v!)
   pure real(dp) function weight(v, g, d)
      integer, intent(in) :: v, g, d
      integer :: i

      weight = 1.0_dp
      do i = v + 1, v + g + d - 1
         weight = weight * real(i, dp)
      end do
      do i = 2, g - 1
         weight = weight / real(i, dp)
      end do
   end function weight

   !> Strength (cm-1 m2 kg-1) and line overlap of `band` in air of pressure `p` (Pa) and temperature `t` (K) where the
   !> absorber's mole fraction is `x`.
   pure subroutine strength_and_overlap(band, p, t, x, strength, overlap)
      type(wide_band), intent(in) :: band
      real(dp), intent(in) :: p, t, x
      real(dp), intent(out) :: strength, overlap
      real(dp) :: place, fraction
      integer :: i

      place = min(max((t - table_start) / table_step, 0.0_dp), real(table_size - 1, dp) - 1.0e-9_dp)
      i = int(place) + 1
      fraction = place - real(i - 1, dp)
      strength = band%strength(i) + fraction * (band%strength(i + 1) - band%strength(i))
      overlap = band%overlap(i) + fraction * (band%overlap(i + 1) - band%overlap(i))
      overlap = overlap * ((p + band%least_pressure) / atmosphere &
         * (1.0_dp + (band%self_broadening - 1.0_dp) * x))**band%pressure_power
   end subroutine strength_and_overlap

   !> Shape of the band: the mean absorption coefficient at `nu` per unit of strength, cm.
   !> A symmetric band falls off on both sides by exp(-2 |nu - centre| / width).
   elemental real(dp) function mean_absorption(band, nu)
      type(wide_band), intent(in) :: band
      real(dp), intent(in) :: nu

      mean_absorption = exp(-min(600.0_dp, 2.0_dp * abs(nu - band%centre) / band%width)) / band%width
   end function mean_absorption

   !> Effective optical depth of a statistical array of lines, Goody (1952): `amount` is the mean absorption
   !> coefficient times the path, `overlap` that of the path.
   elemental real(dp) function effective_depth(amount, overlap)
      real(dp), intent(in) :: amount, overlap

      effective_depth = amount / sqrt(1.0_dp + amount / overlap)
   end function effective_depth
end module wide_bands
