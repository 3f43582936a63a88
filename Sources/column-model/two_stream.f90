!> Scattering and absorption of a star's beam in a column of layers, by two streams and adding.
!>
!> Coefficients of the quadrature approximation: Meador and Weaver (1980), J. Atmos. Sci. 37, 630, Table 1, for an
!> asymmetry of zero (Rayleigh). Reflection and transmission of a layer: the same, section 3.
module two_stream
   use constants, only: dp
   implicit none
   private
   public :: reflect_beam

   real(dp), parameter :: root3 = sqrt(3.0_dp)
   real(dp), parameter :: nearly_conservative = 1.0_dp - 1.0e-7_dp

contains

   !> A unit flux (on the horizontal) falls on the column at the zenith cosine `mu`.
   !> - absorbing, scattering: vertical optical depths of the layers, from the top.
   !> - net: net downward flux at every level; the first is what the planet absorbs.
   !> - actinic: flux through a small sphere at every level, which is what breaks up molecules.
   pure subroutine reflect_beam(absorbing, scattering, mu, surface_albedo, net, actinic)
      real(dp), intent(in) :: absorbing(:), scattering(:), mu, surface_albedo
      real(dp), intent(out) :: net(:)
      real(dp), intent(out), optional :: actinic(:)
      real(dp), dimension(size(absorbing)) :: reflected, transmitted, beam_up, beam_down
      real(dp), dimension(size(net)) :: beam, albedo, source
      real(dp) :: direct, multiple, down
      integer :: i, n

      n = size(absorbing)
      beam(1) = 1.0_dp
      do i = 1, n
         call scatter_layer(absorbing(i), scattering(i), mu, reflected(i), transmitted(i), beam_up(i), beam_down(i), &
            direct)
         beam(i + 1) = beam(i) * direct
      end do

      ! Upwards: the albedo and the source of all layers below each level.
      albedo(n + 1) = surface_albedo
      source(n + 1) = surface_albedo * beam(n + 1)
      do i = n, 1, -1
         multiple = 1.0_dp / (1.0_dp - reflected(i) * albedo(i + 1))
         albedo(i) = reflected(i) + transmitted(i)**2 * albedo(i + 1) * multiple
         source(i) = beam_up(i) * beam(i) &
            + transmitted(i) * (source(i + 1) + albedo(i + 1) * beam_down(i) * beam(i)) * multiple
      end do

      ! Downwards: the diffuse flux at each level.
      down = 0.0_dp
      net(1) = 1.0_dp - source(1)
      if (present(actinic)) actinic(1) = 1.0_dp / mu + root3 * source(1)
      do i = 1, n
         multiple = 1.0_dp / (1.0_dp - reflected(i) * albedo(i + 1))
         down = (transmitted(i) * down + reflected(i) * source(i + 1) + beam_down(i) * beam(i)) * multiple
         net(i + 1) = beam(i + 1) + down * (1.0_dp - albedo(i + 1)) - source(i + 1)
         if (present(actinic)) actinic(i + 1) = beam(i + 1) / mu &
            + root3 * (source(i + 1) + down * (1.0_dp + albedo(i + 1)))
      end do
   end subroutine reflect_beam

   !> One layer: reflection and transmission of diffuse radiation; of the beam what it scatters up and down, and what
   !> passes it unscattered. With an asymmetry of zero gamma3 = gamma4 = 1/2, and k mu < 1 throughout.
   pure subroutine scatter_layer(absorbing, scattering, mu, reflected, transmitted, beam_up, beam_down, direct)
      real(dp), intent(in) :: absorbing, scattering, mu
      real(dp), intent(out) :: reflected, transmitted, beam_up, beam_down, direct
      real(dp) :: depth, omega, gamma1, gamma2, k, alpha, decay, denominator

      depth = absorbing + scattering
      direct = exp(-depth / mu)
      if (depth < 1.0e-12_dp) then
         reflected = 0.0_dp
         transmitted = 1.0_dp
         beam_up = 0.0_dp
         beam_down = 0.0_dp
         return
      end if
      omega = min(scattering / depth, nearly_conservative)
      gamma1 = 0.5_dp * root3 * (2.0_dp - omega)
      gamma2 = 0.5_dp * root3 * omega
      k = sqrt(gamma1**2 - gamma2**2)
      alpha = 0.5_dp * (gamma1 + gamma2)
      decay = exp(-k * depth)
      denominator = k + gamma1 + (k - gamma1) * decay**2
      reflected = gamma2 * (1.0_dp - decay**2) / denominator
      transmitted = 2.0_dp * k * decay / denominator

      denominator = denominator * (1.0_dp - (k * mu)**2)
      beam_up = omega / denominator * ((1.0_dp - k * mu) * (alpha + 0.5_dp * k) &
         - (1.0_dp + k * mu) * (alpha - 0.5_dp * k) * decay**2 &
         - 2.0_dp * k * (0.5_dp - alpha * mu) * decay * direct)
      beam_down = omega / denominator * (2.0_dp * k * (0.5_dp + alpha * mu) * decay &
         - (1.0_dp + k * mu) * (alpha + 0.5_dp * k) * direct &
         + (1.0_dp - k * mu) * (alpha - 0.5_dp * k) * decay**2 * direct)
   end subroutine scatter_layer
end module two_stream
