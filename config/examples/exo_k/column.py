#!/usr/bin/env python3
"""Makes a radiative-convective column of exo_k explorable: reads the point, runs the column, writes the result."""
import json
import os
import sys

try:
    import exo_k as xk
    import numpy as np
except ImportError as error:
    sys.exit(f"{error}: install exo_k with 'pip install exo_k' for {sys.executable}")
import tables

point = json.load(open("point.json"))["parameters"]
gases = {"N2": 1 - point["CO2"] - 1e-3, "CO2": point["CO2"], "H2O": 1e-3}
xk.Settings().set_mks(True)
column = xk.Atm_evolution(
    bg_vmr=gases, k_database=tables.database(), psurf=1e5, ptop=10.0, Nlay=25, Tsurf=280.0, Tstrat=200.0, grav=9.81,
    rcp=0.286, albedo=xk.AlbedoCutoff(wn_albedo_cutoff=5000.0, albedo_surf=0.25), flux_top_dw=point["insolation"],
    Tstar=5778.0, convection=True, rayleigh=False, internal_flux=0.0)
warm = os.path.exists("parent/temperature.npy")
if warm:  # the profile that the neighbour ended with
    column.tlay = np.load("parent/temperature.npy")
    column.atm.set_T_profile(column.tlay)
column.equilibrate(Fnet_tolerance=0.1, N_iter_max=12, N_timestep_max=20000, N_kernel=1000)
np.save("temperature.npy", column.tlay)
surface, imbalance = float(column.tlay[-1]), float(np.max(np.abs(column.Fnet_top)))
balanced, liquid = imbalance <= 0.1, 273.15 <= surface <= 373.15
json.dump({
    "verdict": "stable" if balanced and liquid else "unstable",
    "message": f"{surface:.1f} K at the surface, {imbalance:.2g} W/m2 out of balance; {'warm' if warm else 'cold'} start",
    "outputs": {"surface_temperature": surface, "imbalance": imbalance},
}, open("result.json", "w"), allow_nan=False)
