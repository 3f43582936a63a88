!> The column of air over a surface of given temperature (the inverse method of Kasting 1988, Icarus 74, 472): a
!> convective troposphere under an isothermal stratosphere. The solver then looks for the surface temperature at which
!> this column's radiation balances.
!>
!> Pressure. All dry gases but CO2 together press `dry_pressure` on the surface, in any proportions; a CO2
!> mixing ratio x of the dry air adds x / (1 - x) of that, and water adds its vapour pressure.
!>
!> Temperature is that of a parcel that rises from the surface: along the dry adiabat up to its condensation level,
!> from there along the pseudoadiabat of air with a condensible of any amount (Pierrehumbert 2010, Principles of
!> Planetary Climate, section 2.7). Where CO2 would be supersaturated it condenses and the air follows its saturation
!> curve (Kasting 1991, Icarus 94, 1). No air is colder than the stratosphere: the skin temperature of a grey
!> atmosphere, (F / 2 sigma)^(1/4), with the albedo `stratosphere_albedo`; 200 K at Earth's insolation, 154 K at 0.35 of
!> it.
!>
!> Water. Relative humidity after Manabe and Wetherald (1967, J. Atmos. Sci. 24, 241), h = [h0 (Q - 0.02) /
!> 0.98]^Omega with Q = p / p_surface. Omega is 1 there; after Cess (1976, J. Atmos. Sci. 33, 1831), in whose warmer
!> climates the moist layer is deeper, it is 1 - y with y = 0.03 (T_s - 288 K). For y > 0, where 1 - y would become
!> negative, Omega is exp(-y - y^2 / 2), which agrees with it to the second order and tends to
!> 0: to saturation, as a runaway's steam must (Kasting 1988). A corner in Omega instead would give the planet's
!> emission a second maximum and the climate two states. The mixing ratio does not increase upwards, and the
!> stratosphere has that of the tropopause.
module column
   use constants, only: dp, bar, co2, h2o, gas_constant, molar_mass, specific_heat, solar_constant, stefan_boltzmann
   use planet, only: planet_t
   use saturation, only: ln_water_saturation, water_saturation, water_saturation_slope, &
      co2_saturation, co2_condensation_temperature
   use settings, only: settings_t
   use trace_gases, only: trace_t, ozone_at, extra_water_at
   implicit none
   private
   public :: column_t, build_column, co2_pressure, stratosphere_temperature

   !> Level 1 is the top of the column, level `levels` the surface.
   type :: column_t
      integer :: levels
      real(dp) :: surface_temperature            !< K
      real(dp) :: tropopause_pressure            !< Pa
      real(dp) :: cold_trap                      !< mole fraction of water at the tropopause
      real(dp), allocatable :: pressure(:)       !< Pa
      real(dp), allocatable :: temperature(:)    !< K
      real(dp), allocatable :: water(:)          !< mole fraction
      real(dp), allocatable :: ozone(:)          !< mole fraction
      real(dp), allocatable :: molar_mass(:)     !< kg mol-1
      real(dp), allocatable :: altitude(:)       !< m
   end type column_t

contains

   !> Partial pressure of CO2 at the surface, Pa.
   pure real(dp) function co2_pressure(p, s)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s

      co2_pressure = s%dry_pressure * bar * p%dry(co2) / (1.0_dp - p%dry(co2))
   end function co2_pressure

   !> Temperature of the stratosphere, K; not below `coldest`, so that a planet without a star has one, too.
   pure real(dp) function stratosphere_temperature(p, s) result(t)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      real(dp), parameter :: coldest = 30.0_dp

      if (s%stratosphere_temperature > 0.0_dp) then
         t = s%stratosphere_temperature
      else
         t = max(coldest, (0.25_dp * p%insolation * solar_constant * (1.0_dp - s%stratosphere_albedo) &
            / (2.0_dp * stefan_boltzmann))**0.25_dp)
      end if
   end function stratosphere_temperature

   !> The column of planet `p` with the gases `trace` over a surface of `t_surface` kelvin.
   subroutine build_column(p, s, trace, t_surface, c)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      type(trace_t), intent(in) :: trace
      real(dp), intent(in) :: t_surface
      type(column_t), intent(inout) :: c
      real(dp) :: dry_pressure, vapour, surface_humidity, t_skin, dry_mass
      integer :: n, i

      n = s%levels
      c%levels = n
      c%surface_temperature = t_surface
      if (.not. allocated(c%pressure)) &
         allocate (c%pressure(n), c%temperature(n), c%water(n), c%ozone(n), c%molar_mass(n), c%altitude(n))

      dry_pressure = s%dry_pressure * bar / (1.0_dp - p%dry(co2))
      dry_mass = sum(p%dry * molar_mass)
      call surface_vapour(p, s, t_surface, dry_pressure, vapour, surface_humidity)
      call place_levels(s%top_pressure, dry_pressure + vapour, c%pressure)

      t_skin = min(stratosphere_temperature(p, s), t_surface)
      call raise_parcel(p, s, t_surface, vapour, t_skin, c)
      call apply_limits(p, t_skin, c)
      call moisten(s, surface_humidity, vapour, t_skin, c)
      do i = 1, n
         c%ozone(i) = ozone_at(trace, c%pressure(i))
         if (c%pressure(i) >= c%tropopause_pressure) cycle
         c%water(i) = min(c%water(i) + extra_water_at(trace, c%pressure(i)), &
            max(c%water(i), water_saturation(c%temperature(i)) / c%pressure(i)))
      end do
      c%molar_mass = dry_mass + c%water * (molar_mass(h2o) - dry_mass)
      call measure_altitude(s%gravity, c)
   end subroutine build_column

   !> Vapour pressure (Pa) and relative humidity at the surface: the ocean's, or the prescribed mole fraction, which
   !> saturation caps.
   pure subroutine surface_vapour(p, s, t_surface, dry_pressure, vapour, humidity)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      real(dp), intent(in) :: t_surface, dry_pressure
      real(dp), intent(out) :: vapour, humidity
      real(dp) :: full

      full = water_saturation(t_surface)
      if (.not. p%ocean) then
         vapour = min(full, dry_pressure * p%water / (1.0_dp - p%water))
      else
         vapour = s%surface_relative_humidity**humidity_exponent(s, t_surface) * full
      end if
      humidity = vapour / full
   end subroutine surface_vapour

   !> Levels from `top` to `surface` (Pa), equally spaced in a power of pressure: a compromise between equal masses,
   !> which resolve the water near the ground, and equal steps of altitude, which resolve a hot column's high
   !> tropopause.
   pure subroutine place_levels(top, surface, pressure)
      real(dp), intent(in) :: top, surface
      real(dp), intent(out) :: pressure(:)
      real(dp), parameter :: power = 1.0_dp / 3.0_dp
      real(dp) :: place
      integer :: i, n

      n = size(pressure)
      do i = 1, n
         place = real(n - i, dp) / real(n - 1, dp)
         pressure(i) = (place * top**power + (1.0_dp - place) * surface**power)**(1.0_dp / power)
      end do
      pressure(n) = surface
   end subroutine place_levels

   !> Temperatures along the path of a parcel from the surface, down to `t_stop`, at which the stratosphere begins.
   subroutine raise_parcel(p, s, t_surface, vapour, t_stop, c)
      type(planet_t), intent(in) :: p
      type(settings_t), intent(in) :: s
      real(dp), intent(in) :: t_surface, vapour, t_stop
      type(column_t), intent(inout) :: c
      real(dp) :: dry_mass, dry_heat, x, mass, heat, kappa, ln_p, ln_t, surface_ln_p, base
      integer :: i

      dry_mass = sum(p%dry * molar_mass)
      dry_heat = sum(p%dry * molar_mass * specific_heat) / dry_mass
      x = vapour / c%pressure(c%levels)
      mass = dry_mass + x * (molar_mass(h2o) - dry_mass)
      heat = (dry_heat * dry_mass * (1.0_dp - x) + specific_heat(h2o) * molar_mass(h2o) * x) / mass
      kappa = gas_constant / (mass * heat)
      if (s%lapse_rate > 0.0_dp) kappa = 1.0e-3_dp * s%lapse_rate * gas_constant / (mass * s%gravity)
      surface_ln_p = log(c%pressure(c%levels))
      base = log(c%pressure(1))
      if (.not. s%lapse_rate > 0.0_dp) base = condensation_level(t_surface, x, kappa, surface_ln_p, base)

      ln_p = base
      ln_t = log(t_surface) + kappa * (base - surface_ln_p)
      c%temperature = t_stop
      c%temperature(c%levels) = t_surface
      c%tropopause_pressure = merge(c%pressure(1), c%pressure(c%levels), t_surface > t_stop)
      do i = c%levels - 1, 1, -1
         if (log(c%pressure(i)) >= base) then
            c%temperature(i) = t_surface * exp(kappa * (log(c%pressure(i)) - surface_ln_p))
         else
            call follow_pseudoadiabat(dry_mass, dry_heat, ln_p, log(c%pressure(i)), ln_t)
            ln_p = log(c%pressure(i))
            c%temperature(i) = exp(ln_t)
         end if
         if (c%temperature(i) < t_stop) then
            c%tropopause_pressure = crossing(c%pressure(i:i + 1), c%temperature(i:i + 1), t_stop)
            exit
         end if
      end do
   end subroutine raise_parcel

   !> The pressure at which ln T, linear in ln p between two levels, reaches `t`. Taking the level itself would make
   !> the stratosphere's humidity, and with it the energy balance, jump as the surface warms.
   pure real(dp) function crossing(pressure, temperature, t)
      real(dp), intent(in) :: pressure(2), temperature(2), t
      real(dp) :: fraction

      fraction = log(temperature(2) / t) / log(temperature(2) / temperature(1))
      crossing = pressure(2) * exp(min(1.0_dp, max(0.0_dp, fraction)) * log(pressure(1) / pressure(2)))
   end function crossing

   !> Logarithm of the pressure (Pa) at which a parcel with mole fraction `x` of water that cools along a dry adiabat
   !> saturates; `top` if it does not saturate below that. By bisection: the saturation ratio grows upwards.
   pure real(dp) function condensation_level(t_surface, x, kappa, surface, top) result(base)
      real(dp), intent(in) :: t_surface, x, kappa, surface, top
      real(dp) :: low, high
      integer :: step

      base = top
      if (x < 1.0e-12_dp) return
      low = top
      high = surface
      do step = 1, 45
         base = 0.5_dp * (low + high)
         if (log(x) + base > ln_water_saturation(max(20.0_dp, t_surface * exp(kappa * (base - surface))))) then
            low = base
         else
            high = base
         end if
      end do
   end function condensation_level

   !> Carries ln T from ln p = `from` to `to` along the pseudoadiabat (fourth-order Runge and Kutta).
   pure subroutine follow_pseudoadiabat(dry_mass, dry_heat, from, to, ln_t)
      real(dp), intent(in) :: dry_mass, dry_heat, from, to
      real(dp), intent(inout) :: ln_t
      real(dp), parameter :: longest = 0.1_dp
      real(dp) :: h, x, k1, k2, k3, k4
      integer :: i, steps

      steps = max(1, ceiling(abs(to - from) / longest))
      h = (to - from) / real(steps, dp)
      do i = 1, steps
         x = from + h * real(i - 1, dp)
         k1 = pseudoadiabat(dry_mass, dry_heat, x, ln_t)
         k2 = pseudoadiabat(dry_mass, dry_heat, x + 0.5_dp * h, ln_t + 0.5_dp * h * k1)
         k3 = pseudoadiabat(dry_mass, dry_heat, x + 0.5_dp * h, ln_t + 0.5_dp * h * k2)
         k4 = pseudoadiabat(dry_mass, dry_heat, x + h, ln_t + h * k3)
         ln_t = ln_t + h / 6.0_dp * (k1 + 2.0_dp * k2 + 2.0_dp * k3 + k4)
      end do
   end subroutine follow_pseudoadiabat

   !> d ln T / d ln p of saturated air: Pierrehumbert (2010), section 2.7, in terms of the dry air's pressure, and the
   !> total pressure's change with that.
   pure real(dp) function pseudoadiabat(dry_mass, dry_heat, ln_p, ln_t) result(slope)
      real(dp), intent(in) :: dry_mass, dry_heat, ln_p, ln_t
      real(dp) :: t, p, vapour, dry, ratio, latent, dry_gas, steam_gas, along_dry

      t = exp(ln_t)
      p = exp(ln_p)
      vapour = min(water_saturation(t), (1.0_dp - 1.0e-6_dp) * p)
      dry = p - vapour
      dry_gas = gas_constant / dry_mass
      steam_gas = gas_constant / molar_mass(h2o)
      ratio = molar_mass(h2o) / dry_mass * vapour / dry
      latent = water_saturation_slope(t) * steam_gas * t
      along_dry = dry_gas / dry_heat * (1.0_dp + latent / (dry_gas * t) * ratio) &
         / (1.0_dp + (specific_heat(h2o) / dry_heat + (latent / (steam_gas * t) - 1.0_dp) * latent / (dry_heat * t)) &
         * ratio)
      slope = along_dry * p / (dry + vapour * latent / (steam_gas * t) * along_dry)
   end function pseudoadiabat

   !> Raises temperatures to those of the stratosphere and of the condensation of CO2.
   subroutine apply_limits(p, t_skin, c)
      type(planet_t), intent(in) :: p
      real(dp), intent(in) :: t_skin
      type(column_t), intent(inout) :: c
      real(dp) :: partial
      integer :: i

      do i = 1, c%levels - 1
         c%temperature(i) = max(c%temperature(i), t_skin)
         partial = p%dry(co2) * c%pressure(i)
         if (partial > co2_saturation(c%temperature(i))) &
            c%temperature(i) = min(c%surface_temperature, co2_condensation_temperature(partial))
      end do
   end subroutine apply_limits

   !> Omega of the relative humidity: 0 for saturated air.
   pure real(dp) function humidity_exponent(s, t_surface) result(omega)
      type(settings_t), intent(in) :: s
      real(dp), intent(in) :: t_surface
      real(dp) :: drop

      select case (s%humidity)
      case ('cess')
         drop = 0.03_dp * (t_surface - 288.0_dp)
         omega = 1.0_dp - drop
         if (drop > 0.0_dp) omega = exp(-drop - 0.5_dp * drop**2)
      case ('manabe-wetherald')
         omega = 1.0_dp
      case default
         omega = 0.0_dp
      end select
   end function humidity_exponent

   !> Mole fractions of water from the relative humidity.
   pure subroutine moisten(s, surface_humidity, vapour, stratosphere, c)
      type(settings_t), intent(in) :: s
      real(dp), intent(in) :: surface_humidity, vapour, stratosphere
      type(column_t), intent(inout) :: c
      real(dp) :: omega
      integer :: i

      omega = humidity_exponent(s, c%surface_temperature)
      c%water(c%levels) = vapour / c%pressure(c%levels)
      c%cold_trap = min(c%water(c%levels), mole_fraction(c%tropopause_pressure, stratosphere))
      do i = c%levels - 1, 1, -1
         if (c%pressure(i) < c%tropopause_pressure) then
            c%water(i) = min(c%water(i + 1), c%cold_trap)
         else
            c%water(i) = min(c%water(i + 1), mole_fraction(c%pressure(i), c%temperature(i)))
         end if
      end do

   contains

      pure real(dp) function mole_fraction(pressure, temperature)
         real(dp), intent(in) :: pressure, temperature
         real(dp) :: depth

         depth = max(1.0e-6_dp, (pressure / c%pressure(c%levels) - 0.02_dp) / 0.98_dp)
         mole_fraction = surface_humidity * depth**omega * water_saturation(temperature) / pressure
      end function mole_fraction
   end subroutine moisten

   !> Altitudes by the hypsometric equation.
   pure subroutine measure_altitude(gravity, c)
      real(dp), intent(in) :: gravity
      type(column_t), intent(inout) :: c
      integer :: i

      c%altitude(c%levels) = 0.0_dp
      do i = c%levels - 1, 1, -1
         c%altitude(i) = c%altitude(i + 1) + 0.5_dp * gas_constant / gravity * log(c%pressure(i + 1) / c%pressure(i)) &
            * (c%temperature(i) / c%molar_mass(i) + c%temperature(i + 1) / c%molar_mass(i + 1))
      end do
   end subroutine measure_altitude
end module column
