#!/usr/bin/env python3
"""Makes a climate model of exo_k explorable: reads the point, runs to radiative-convective equilibrium, writes the result."""
import json
import os
import sys

try:
    import numpy as np
    import exo_k as xk
except ImportError as error:
    sys.exit(f"{error} ({sys.executable}): install exo_k as config/examples/exo_k/README.md says")

LAYERS, TOLERANCE = 40, 0.1  # W/m2 at the top of the atmosphere


def table(gas, cross_section):
    """Cross-sections in m2 on 59 bins of wavenumber (1/cm), the same at every pressure and temperature."""
    table = xk.Xtable()
    table.mol, table.p_unit, table.kdata_unit = gas, "Pa", "m^2"
    table.pgrid, table.tgrid = np.logspace(-1, 7, 2), np.array([30.0, 2000.0])
    table.logpgrid = np.log10(table.pgrid)
    table.wnedges = np.concatenate([np.arange(10.0, 2500.0, 50.0), np.geomspace(2510.0, 50000.0, 10)])
    table.wns = (table.wnedges[1:] + table.wnedges[:-1]) / 2
    table.Np, table.Nt, table.Nw = 2, 2, len(table.wns)
    table.kdata = np.tile(cross_section(table.wns), (2, 2, 1))
    return table


point = json.load(open("point.json"))["parameters"]
co2, water = point["CO2"], 3e-3
# Two made-up gases: a band around 667/cm that falls off exponentially, and a grey absorber with a window.
# With real tables: gases = xk.Kdatabase(["CO2", "H2O"], "R15", search_path="/path/to/tables")
gases = xk.Kdatabase(None)
gases.add_ktables(table("CO2", lambda wn: 1e-24 * np.exp(-np.abs(wn - 667) / 25) + 1e-34))
gases.add_ktables(table("H2O", lambda wn: np.where((wn > 800) & (wn < 1200) | (wn > 2500), 1e-31, 1.3e-27)))

warm = os.path.exists("parent/profile.txt")  # the temperatures of the point that this one was reached from
if warm:
    pressure, temperature = np.loadtxt("parent/profile.txt", unpack=True)
    profile = {"logplay": np.log10(pressure), "tlay": temperature}
else:
    profile = {"Nlay": LAYERS, "psurf": 1e5, "ptop": 10.0, "Tsurf": 280.0, "Tstrat": 200.0}
model = xk.Atm_evolution(
    bg_vmr={"N2": 1 - co2 - water, "CO2": co2, "H2O": water}, k_database=gases, grav=9.81, rayleigh=False,
    flux_top_dw=1361 / 4 * (1 - 0.3) * point["insolation"], Tstar=5780.0, mu0=0.5, convection=True,
    acceleration_mode=4, **profile)
model.equilibrate(Fnet_tolerance=TOLERANCE, N_iter_max=10)
imbalance, surface = float(model.Fnet_top[-1]), float(model.tlay[-1])
print("warm" if warm else "cold", "start:", len(model.Fnet_top), "steps in the last iteration,", surface, "K")
if not abs(imbalance) < TOLERANCE:
    sys.exit(f"no equilibrium: {imbalance} W/m2 are left at the top of the atmosphere")  # a failure is not a verdict

np.savetxt("profile.txt", np.column_stack([10**model.atm.logplay, model.tlay]), header="pressure (Pa), temperature (K)")
liquid = 273.15 < surface < 373.15
json.dump({
    "verdict": "stable" if liquid else "unstable",
    "message": "water is liquid at the surface" if liquid else "water freezes or boils at the surface",
    "outputs": {"surface_temperature": surface, "top_temperature": float(model.tlay[0]), "imbalance": imbalance},
}, open("result.json", "w"), allow_nan=False)
