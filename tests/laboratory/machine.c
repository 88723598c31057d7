/* A machine that can be made ill while a program runs, for LD_PRELOAD. The file that LAB_MACHINE
   names holds three numbers of 64 bits: microseconds by which each fsync is late, whether the disk
   fails (1: fsync says EIO, 2: writes say ENOSPC), and milliseconds by which the clock is wrong. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { EIO_ON_FSYNC = 1, ENOSPC_ON_WRITE = 2 };

struct machine {
  volatile int64_t fsync_delay_us;
  volatile int64_t disk_fault;
  volatile int64_t clock_offset_ms;
};

static struct machine well;
static struct machine *machine = &well;

__attribute__((constructor)) static void attach(void) {
  const char *path = getenv("LAB_MACHINE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *found = mmap(NULL, sizeof well, PROT_READ, MAP_SHARED, file, 0);
  if (found != MAP_FAILED) machine = found;
  close(file);
}

/* The C library's own function of that name, found once. */
#define REAL(name)                \
  static __typeof__(name) *real; \
  if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int sync_allowed(void) {
  if (machine->fsync_delay_us > 0) usleep((useconds_t)machine->fsync_delay_us);
  if (machine->disk_fault != EIO_ON_FSYNC) return 1;
  errno = EIO;
  return 0;
}

int fsync(int file) {
  REAL(fsync);
  return sync_allowed() ? real(file) : -1;
}

int fdatasync(int file) {
  REAL(fdatasync);
  return sync_allowed() ? real(file) : -1;
}

ssize_t pwrite64(int file, const void *from, size_t size, off64_t at) {
  REAL(pwrite64);
  if (machine->disk_fault != ENOSPC_ON_WRITE) return real(file, from, size, at);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int file, const void *from, size_t size, off_t at) {
  return pwrite64(file, from, size, at);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) {
    int64_t offset = machine->clock_offset_ms;
    int64_t nanoseconds = now->tv_nsec + offset % 1000 * 1000000;
    now->tv_sec += offset / 1000 + (nanoseconds >= 1000000000) - (nanoseconds < 0);
    now->tv_nsec = (nanoseconds + 1000000000) % 1000000000;
  }
  return result;
}
