! Daisyworld (A. J. Watson and J. E. Lovelock, Tellus 35B, 284, 1983): a planet whose black and white daisies regulate its
! temperature. Reads the luminosity of its sun and the death rate of the daisies from standard input, and prints the final
! state. It is independent of explorations.
program daisyworld
   implicit none
   real(8), parameter :: flux = 917d0, sigma = 5.67d-8, spread = 2.06d9, optimum = 295.65d0, step = 0.02d0
   real(8), parameter :: bare = 0.5d0, albedo(2) = [0.75d0, 0.25d0]   ! white, black
   integer, parameter :: last = 200000
   real(8) :: luminosity, death, area(2), ground, planet, emission, local(2), growth(2), change(2)
   integer :: i

   read *, luminosity, death
   area = 0.01d0
   do i = 1, last
      ground = 1 - sum(area)
      planet = ground*bare + sum(area*albedo)
      emission = flux*luminosity*(1 - planet)/sigma
      local = (spread*(planet - albedo) + emission)**0.25d0
      growth = max(0d0, 1 - 0.003265d0*(optimum - local)**2)
      change = max(area + step*area*(ground*growth - death), 0.01d0) - area   ! a few seeds always remain
      area = area + change
      if (maxval(abs(change)) < 1d-9) exit
   end do
   if (i > last) stop 2
   print '(a, i7)', 'steps ', i
   print '(a, f8.3)', 'temperature ', emission**0.25d0
   print '(a, 2f8.4)', 'white and black ', area
end program daisyworld
