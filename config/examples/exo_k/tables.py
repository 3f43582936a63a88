"""The correlated-k tables of the column: those in the folder EXO_K_TABLES, else two coarse ones that are made here."""
import os

import exo_k as xk
import numpy as np


def database():
    folder = os.environ.get("EXO_K_TABLES")
    if folder:
        xk.Settings().set_search_path(folder)
        return xk.Kdatabase(["CO2", "H2O"], remove_zeros=True)
    made = xk.Kdatabase(None)
    made.add_ktables(band("CO2", 3e-26, 667.0, 80.0), band("H2O", 1e-26, 300.0, 250.0))
    return made


def band(gas, strength, centre, width):
    """A table with one absorption band, of a Gaussian shape in wavenumber: for an example, not for science.

    strength: absorption cross-section in the band's centre, in m2 per molecule; centre, width: in cm-1.
    """
    table = xk.Ktable()
    table.mol = gas
    table.p_unit, table.wn_unit, table.kdata_unit, table.logk = "Pa", "cm^-1", "m^2/molecule", False
    table.pgrid, table.tgrid = np.array([1e-1, 1e7]), np.array([50.0, 1000.0])
    table.logpgrid = np.log10(table.pgrid)
    table.wnedges = np.concatenate([np.linspace(10, 3010, 31), np.linspace(3500, 30000, 10)])
    table.wns = (table.wnedges[1:] + table.wnedges[:-1]) / 2
    table.weights = np.array([0.3, 0.4, 0.3])
    table.gedges = np.concatenate([[0], np.cumsum(table.weights)])
    table.ggrid = (table.gedges[1:] + table.gedges[:-1]) / 2
    shape = strength * (np.exp(-((table.wns - centre) / width) ** 2) + 1e-4) * (table.wns < 3100) + 1e-40
    table.kdata = np.ones((2, 2, 1, 1)) * shape[None, None, :, None] * np.array([0.1, 1.0, 8.0])
    table.Np, table.Nt, table.Nw, table.Ng = table.kdata.shape
    return table
