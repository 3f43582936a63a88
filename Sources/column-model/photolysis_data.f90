!> The Sun's photons and the cross-sections of photolysis, in 28 bins of wavelength.
!>
!> - Ten bins of 5 nm from 130 to 175 nm and Lyman alpha: photons after WMO (1985), Atmospheric Ozone 1985, Report 16;
!>   cross-sections of O2, CO2, H2O and CH4 as tabulated for the photochemical model of Kasting and his group (Kasting
!>   1990, Orig. Life Evol. Biosph. 20, 199, and later).
!> - Eighteen bins from 177 to 700 nm: those of Fast-J (Wild et al. 2000, J. Atmos. Chem. 37, 245; Bian and Prather
!>   2002, J. Atmos. Chem. 41, 281), version 7.6: photons of SUSIM (November 1994 and March 1992), cross-sections of
!>   JPL 10-6 averaged over each bin. The first eight divide the Schumann-Runge bands and what lies between them by
!>   opacity rather than by wavelength, so each has one cross-section of O2.
!> - H2O and CO2 beyond 177 nm: Fast-J has none. Their rates at the top of the atmosphere (1.39e-6 and 1.9e-9 s-1, by
!>   the tables of Kasting's group) are shared out to the first bins by our own estimate, the shorter mean wavelengths
!>   having the larger share.
!>
!> The numbers were read from the public tables of Fast-J (Cloud-J, `FJX_spec`) and of Kasting's model, not from the
!> papers. Left out: HO2, the absorption of ozone below 175 nm, the gap from 175 to 177 nm.
module photolysis_data
   use constants, only: dp
   implicit none
   public

   integer, parameter :: far = 10, near = 18, bins = far + near

   !> What light breaks up.
   integer, parameter :: channels = 14
   integer, parameter :: j_o2 = 1, j_o2_excited = 2, j_o3 = 3, j_o3_excited = 4, j_h2o = 5, j_co2 = 6, &
      j_co2_excited = 7, j_ch4 = 8, j_h2o2 = 9, j_ch3ooh = 10, j_h2co_radical = 11, j_h2co_molecular = 12, j_no2 = 13
   !> The last one is not a rate but the power that a molecule of ozone absorbs, W.
   integer, parameter :: j_ozone_heat = 14

   !> nm; of the second part the effective ones.
   real(dp), parameter :: wavelength(bins) = [121.6_dp, 132.5_dp, 137.5_dp, 142.5_dp, 147.5_dp, 152.5_dp, 157.5_dp, &
      162.5_dp, 167.5_dp, 172.5_dp, &
      187.0_dp, 191.0_dp, 194.0_dp, 196.0_dp, 202.0_dp, 208.0_dp, 211.0_dp, 214.0_dp, 262.0_dp, 272.0_dp, 283.0_dp, &
      295.0_dp, 303.0_dp, 310.0_dp, 316.0_dp, 333.0_dp, 429.0_dp, 594.0_dp]

   !> Photons cm-2 s-1 at the Earth.
   real(dp), parameter :: solar_photons(bins) = [5.0e11_dp, 4.75e10_dp, 3.15e10_dp, 3.85e10_dp, 5.5e10_dp, 9.5e10_dp, &
      1.2e11_dp, 1.75e11_dp, 3.2e11_dp, 5.5e11_dp, &
      1.391e12_dp, 1.625e12_dp, 1.660e12_dp, 9.238e11_dp, 7.820e12_dp, 4.655e12_dp, 9.907e12_dp, 1.214e13_dp, &
      6.359e14_dp, 4.041e14_dp, 3.140e14_dp, 5.893e14_dp, 7.670e14_dp, 5.041e14_dp, 8.895e14_dp, 3.852e15_dp, &
      4.721e16_dp, 1.106e17_dp]

   ! Cross-sections, cm2. Several columns belong to the temperatures next to them (K), between
   ! which they are interpolated and beyond which the outermost hold.
   real(dp), parameter :: oxygen_temperature(3) = [180.0_dp, 260.0_dp, 300.0_dp]
   real(dp), parameter :: oxygen_far(far) = [1.0e-20_dp, 1.7e-18_dp, 1.0e-17_dp, 1.4e-17_dp, 1.3e-17_dp, 1.1e-17_dp, &
      7.7e-18_dp, 4.1e-18_dp, 1.5e-18_dp, 4.7e-19_dp]
   real(dp), parameter :: oxygen_near(near, 3) = reshape([ &
      1.727e-21_dp, 1.989e-22_dp, 3.004e-23_dp, 9.833e-24_dp, 7.306e-24_dp, 6.827e-24_dp, 6.238e-24_dp, 5.748e-24_dp, &
      1.153e-25_dp, 5.030e-25_dp, 4.150e-25_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, &
      2.273e-21_dp, 3.070e-22_dp, 4.943e-23_dp, 1.408e-23_dp, 7.688e-24_dp, 6.827e-24_dp, 6.238e-24_dp, 5.888e-24_dp, &
      1.153e-25_dp, 5.030e-25_dp, 4.150e-25_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, &
      2.763e-21_dp, 4.269e-22_dp, 7.478e-23_dp, 2.100e-23_dp, 8.350e-24_dp, 6.827e-24_dp, 6.238e-24_dp, 5.994e-24_dp, &
      1.153e-25_dp, 5.030e-25_dp, 4.150e-25_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp], [near, 3])

   real(dp), parameter :: ozone_temperature(3) = [218.0_dp, 258.0_dp, 298.0_dp]
   real(dp), parameter :: ozone_near(near, 3) = reshape([ &
      5.994e-19_dp, 4.868e-19_dp, 4.311e-19_dp, 3.657e-19_dp, 3.403e-19_dp, 4.829e-19_dp, 6.515e-19_dp, 9.245e-19_dp, &
      8.764e-18_dp, 3.525e-18_dp, 1.516e-18_dp, 7.955e-19_dp, 2.479e-19_dp, 8.973e-20_dp, 3.687e-20_dp, 4.581e-21_dp, &
      2.125e-22_dp, 3.127e-21_dp, &
      5.995e-19_dp, 4.871e-19_dp, 4.318e-19_dp, 3.670e-19_dp, 3.415e-19_dp, 4.824e-19_dp, 6.500e-19_dp, 9.225e-19_dp, &
      8.837e-18_dp, 3.579e-18_dp, 1.556e-18_dp, 8.304e-19_dp, 2.647e-19_dp, 9.845e-20_dp, 4.186e-20_dp, 5.602e-21_dp, &
      2.125e-22_dp, 3.127e-21_dp, &
      5.996e-19_dp, 4.874e-19_dp, 4.324e-19_dp, 3.681e-19_dp, 3.425e-19_dp, 4.820e-19_dp, 6.485e-19_dp, 9.206e-19_dp, &
      8.904e-18_dp, 3.629e-18_dp, 1.593e-18_dp, 8.626e-19_dp, 2.803e-19_dp, 1.065e-19_dp, 4.648e-20_dp, 6.546e-21_dp, &
      2.125e-22_dp, 3.127e-21_dp], [near, 3])
   !> Share of ozone's photolysis that gives O(1D).
   real(dp), parameter :: excited_share(near, 3) = reshape([ &
      0.4896_dp, 0.5071_dp, 0.5266_dp, 0.5646_dp, 0.6550_dp, 0.7351_dp, 0.7763_dp, 0.8161_dp, 0.9000_dp, 0.9000_dp, &
      0.8984_dp, 0.9000_dp, 0.8949_dp, 0.4757_dp, 0.1024_dp, 0.07775_dp, 0.0_dp, 0.0_dp, &
      0.4896_dp, 0.5071_dp, 0.5267_dp, 0.5646_dp, 0.6549_dp, 0.7350_dp, 0.7763_dp, 0.8161_dp, 0.9000_dp, 0.9000_dp, &
      0.8984_dp, 0.9000_dp, 0.8954_dp, 0.5097_dp, 0.1445_dp, 0.08418_dp, 0.0_dp, 0.0_dp, &
      0.4896_dp, 0.5072_dp, 0.5268_dp, 0.5647_dp, 0.6549_dp, 0.7350_dp, 0.7763_dp, 0.8161_dp, 0.9000_dp, 0.9000_dp, &
      0.8985_dp, 0.9000_dp, 0.8968_dp, 0.5711_dp, 0.2309_dp, 0.09740_dp, 0.0_dp, 0.0_dp], [near, 3])

   real(dp), parameter :: water_vapour(bins) = [1.7e-17_dp, 4.0e-18_dp, 1.2e-18_dp, 6.5e-19_dp, 8.4e-19_dp, &
      1.8e-18_dp, 3.3e-18_dp, 4.6e-18_dp, 4.8e-18_dp, 3.8e-18_dp, &
      8.0e-19_dp, 1.5e-19_dp, 2.0e-20_dp, 1.0e-20_dp, 4.0e-23_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp]
   real(dp), parameter :: carbon_dioxide(bins) = [4.8e-20_dp, 6.3e-19_dp, 8.9e-19_dp, 8.9e-19_dp, 8.9e-19_dp, &
      5.7e-19_dp, 3.0e-19_dp, 1.3e-19_dp, 4.7e-20_dp, 1.3e-20_dp, &
      1.1e-21_dp, 1.9e-22_dp, 3.0e-23_dp, 1.6e-23_dp, 7.0e-25_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp]
   !> CO2 gives O(1D) below this wavelength (nm).
   real(dp), parameter :: carbon_dioxide_excited = 167.0_dp
   real(dp), parameter :: methane(far) = [1.8e-17_dp, 1.1e-17_dp, 2.7e-18_dp, 1.1e-19_dp, 4.7e-22_dp, 1.4e-23_dp, &
      7.0e-24_dp, 0.0_dp, 0.0_dp, 0.0_dp]

   real(dp), parameter :: warm_pair(2) = [200.0_dp, 300.0_dp]   !< K: H2O2 and NO2
   real(dp), parameter :: peroxide(near, 2) = reshape([ &
      2.325e-19_dp, 4.629e-19_dp, 5.394e-19_dp, 5.429e-19_dp, 4.447e-19_dp, 3.755e-19_dp, 3.457e-19_dp, 3.197e-19_dp, &
      5.346e-20_dp, 4.855e-20_dp, 3.423e-20_dp, 8.407e-21_dp, 5.029e-21_dp, 3.308e-21_dp, 2.221e-21_dp, 8.598e-22_dp, &
      5.921e-24_dp, 0.0_dp, &
      2.325e-19_dp, 4.629e-19_dp, 5.394e-19_dp, 5.429e-19_dp, 4.447e-19_dp, 3.755e-19_dp, 3.457e-19_dp, 3.197e-19_dp, &
      5.465e-20_dp, 4.966e-20_dp, 3.524e-20_dp, 9.354e-21_dp, 5.763e-21_dp, 3.911e-21_dp, 2.718e-21_dp, 1.138e-21_dp, &
      7.927e-24_dp, 0.0_dp], [near, 2])
   real(dp), parameter :: nitrogen_dioxide(near, 2) = reshape([ &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 1.834e-20_dp, 4.696e-20_dp, 7.707e-20_dp, &
      1.078e-19_dp, 1.470e-19_dp, 1.832e-19_dp, 2.181e-19_dp, 3.138e-19_dp, 1.422e-19_dp, 0.0_dp, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 2.354e-20_dp, 4.697e-20_dp, 7.546e-20_dp, &
      1.063e-19_dp, 1.477e-19_dp, 1.872e-19_dp, 2.303e-19_dp, 3.469e-19_dp, 1.546e-19_dp, 0.0_dp], [near, 2])
   real(dp), parameter :: methyl_peroxide(near) = [ &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 3.120e-19_dp, 2.882e-19_dp, 2.250e-19_dp, 2.716e-20_dp, 2.740e-20_dp, &
      2.143e-20_dp, 5.624e-21_dp, 3.520e-21_dp, 2.403e-21_dp, 1.697e-21_dp, 7.230e-22_dp, 2.285e-23_dp, 0.0_dp]
   !> H2CO to H and HCO, and to H2 and CO (at 298 K; at 223 K they differ by less than 1 %).
   real(dp), parameter :: formaldehyde_radical(near) = [ &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 3.147e-21_dp, 1.018e-20_dp, 1.266e-20_dp, &
      2.315e-20_dp, 2.497e-20_dp, 1.131e-20_dp, 2.189e-20_dp, 4.751e-21_dp, 0.0_dp, 0.0_dp]
   real(dp), parameter :: formaldehyde_molecular(near) = [ &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 3.649e-21_dp, 5.768e-21_dp, 5.305e-21_dp, &
      8.154e-21_dp, 7.914e-21_dp, 4.002e-21_dp, 1.085e-20_dp, 1.085e-20_dp, 6.819e-23_dp, 0.0_dp]
end module photolysis_data
