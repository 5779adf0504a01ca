! A module procedure, an external one, and two internal procedures of one name.
module grid
contains
  subroutine fill(n)
    integer, intent(in) :: n
    real(8), pointer :: cells(:)
    allocate(cells(n))
    cells(1) = 1
  end subroutine
end module

subroutine solve(n)
  integer :: n
  call step()
contains
  subroutine step()
    real, pointer :: row(:)
    allocate(row(n))
    row(1) = 2
  end subroutine
end subroutine

program solver
  use grid
  call fill(1000)
  call solve(500)
  call work()
contains
  subroutine step()
    real, pointer :: row(:)
    allocate(row(77))
    row(1) = 2
  end subroutine
  subroutine work()
    call step()
  end subroutine
end program
