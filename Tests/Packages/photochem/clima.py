"""What the example config/examples/clima calls of Photochem's climate model: the same names, arguments and checks, and a
made-up climate, which has no equilibrium above 1.1 times the starlight of Earth."""
import re

import numpy as np


class ClimaException(Exception):
    pass


class AdiabatClimate:
    def __init__(self, species_file, settings_file, flux_file, data_dir=None, double_radiative_grid=True):
        self.species_names = open(species_file).read().split()
        self._insolation = float(re.search(r"photon-scale-factor: (\S+)", open(settings_file).read()).group(1))
        open(flux_file).close()
        self.T_trop, self.RH = 200.0, np.ones(len(self.species_names))
        self.T_surf, self.P_surf, self.T = 0.0, 0.0, np.zeros(2)
        self.convecting_with_below = np.array([True, False])

    def surface_temperature(self, P_i_surf, T_guess=280):
        if self._insolation > 1.1:
            raise ClimaException("hybrd1 solve failed in surface_temperature.")
        self.T_surf, self.T = float(T_guess), np.array([T_guess - 10, self.T_trop])
        return self.T_surf

    def RCE(self, P_i_surf, T_surf_guess, T_guess, convecting_with_below=None, custom_dry_mix=None):
        if len(T_guess) != 2 or convecting_with_below.dtype != np.bool_ or len(P_i_surf) != len(self.RH):
            raise ClimaException("Input arrays have the wrong size.")
        if self._insolation > 1.1:
            return False
        pressures = dict(zip(self.species_names, P_i_surf / 1e6))
        self.T_surf = 280 * self._insolation ** 0.25 + 4 * np.log10(pressures["CO2"] / 4e-4)
        self.T, self.P_surf = np.array([self.T_surf - 10, self.T_trop]), 1e6 * (pressures["CO2"] + pressures["N2"])
        return True
