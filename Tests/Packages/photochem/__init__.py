"""What the example config/examples/photochem calls of Photochem 0.8, which PyPI does not have: the same names, arguments
and checks, and a made-up chemistry. Methane has a steady state below 3e11 molecules/cm2/s for each 4e-4 of CO2."""
import os
import types

import numpy as np


class PhotoException(Exception):
    pass


class EvoAtmosphere:
    def __init__(self, mechanism_file, settings_file, flux_file, atmosphere_txt=None, data_dir=None):
        for file in (mechanism_file, settings_file, flux_file, atmosphere_txt):
            if file is not None and not os.path.isfile(file):
                raise PhotoException(f"The input file {file} could not be opened.")
        self.var = types.SimpleNamespace(verbose=1, atol=1e-27, dz=np.full(3, 1e5))
        self.wrk = types.SimpleNamespace(nsteps_total=0)
        self._carbon_dioxide, self._methane_flux = 405.2, 1.4e11
        self._is_persistent = False
        self._methane = None if atmosphere_txt is None else np.loadtxt(atmosphere_txt)

    def set_lower_bc(self, species, bc_type, vdep=None, den=None, press=None, flux=None, height=None):
        if (species, bc_type) == ("CO2", "press"):
            self._carbon_dioxide = float(press)
        elif (species, bc_type) == ("CH4", "flux"):
            self._methane_flux = float(flux)
        else:
            raise PhotoException(f"{species} has no boundary condition {bc_type} here")

    def initialize_atmosphere_p(self, pressure, temperature, edd, mix=None, particle_radius=None, persistent=False,
                                tropopause_pressure=None, default_mix=1e-40, default_particle_radius=1e-4,
                                maintain_toa_pressure=None, target_pressure=None):
        self._methane = np.full(3, default_mix)
        self._check(pressure, tropopause_pressure)
        self._is_persistent = persistent

    def set_press_temp_edd_profile(self, P, T, edd, trop_p=None, hydro_pressure=None, maintain_toa_pressure=None,
                                   target_pressure=None):
        if self._methane is None:
            raise PhotoException("The atmosphere is not initialized.")
        self._check(P, trop_p)
        self._is_persistent = True

    def _check(self, pressure, tropopause):
        if not np.all(np.diff(pressure) < 0):
            raise PhotoException("The pressure must be strictly decreasing.")
        if tropopause is None or not pressure[-1] < tropopause < pressure[0]:
            raise PhotoException("The tropopause is not in the profile.")

    def find_steady_state(self):
        if self._methane is None or not self._is_persistent:
            raise PhotoException("The atmosphere is not initialized.")
        goal = 1e-17 * self._methane_flux
        self.wrk.nsteps_total = 1 + int(abs(np.log(goal / self._methane[0])))
        self._methane = np.full(3, goal)
        return self._methane_flux < 3e11 * self._carbon_dioxide / 405.2

    def out2atmosphere_txt(self, filename, number_of_decimals=5, overwrite=False, clip=True):
        if os.path.exists(filename) and not overwrite:
            raise PhotoException(f"{filename} already exists.")
        np.savetxt(filename, self._methane)

    def mole_fraction_dict(self):
        return {"CH4": self._methane, "CO": self._methane / 10, "O3": np.full(3, 1e-6), "density": np.full(3, 1e19)}
