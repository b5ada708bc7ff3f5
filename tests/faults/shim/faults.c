/*
 * Faults on demand, between a process and its C library. Loaded by LD_PRELOAD; product code does not know of it.
 *
 * FAULTS_CONTROL names a file of the 64-bit numbers in `struct control`, which the suite maps too: faults can be set
 * while the process runs, and counters read. Only writes and syncs of files below a folder `.motia` are looked at.
 * A commit is recognised as what ends one in SQLite's write-ahead log: a frame header (24 bytes) whose second word,
 * the size of the database after the commit, is not zero (https://sqlite.org/walformat.html).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
    int64_t writes;             /* counted: writes to data.db and its log */
    int64_t syncs;              /* counted: fsync and fdatasync of them */
    int64_t commits;            /* counted: commits in the log of data.db */
    int64_t kill_before_commit; /* this one (1 is the first): the process dies before it is written; 0: never */
    int64_t kill_after_commit;  /* this one: the process dies when it is written and nobody was told */
    int64_t write_errno;        /* what failing writes report */
    int64_t write_fails_from;   /* the first write that fails; 0: none */
    int64_t write_fails_to;     /* the last one */
    int64_t sync_errno;
    int64_t sync_fails_from;
    int64_t sync_fails_to;
    int64_t disk_full;          /* not 0: every write below .motia fails with ENOSPC */
    int64_t clock_ns;           /* what the wall clock is ahead */
};

static struct control *control;
static __thread int commit_under_way;

__attribute__((constructor)) static void open_control(void) {
    const char *path = getenv("FAULTS_CONTROL");
    if (path == NULL) return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) control = mapped;
    close(fd);
}

enum place { ELSEWHERE, STORE, DATA, DATA_LOG };

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static enum place place_of(int fd) {
    char link[32], path[4096];
    if (control == NULL) return ELSEWHERE;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return ELSEWHERE;
    path[length] = 0;
    if (strstr(path, "/.motia/") == NULL) return ELSEWHERE;
    if (ends_with(path, "/data.db")) return DATA;
    if (ends_with(path, "/data.db-wal")) return DATA_LOG;
    return STORE;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is_due(int64_t number, int64_t from, int64_t to) { return from > 0 && number >= from && number <= to; }

/* Whether the write must fail; `errno` is set then. */
static int write_fails(enum place place, const void *data, size_t size) {
    if (place == ELSEWHERE) return 0;
    if (control->disk_full) {
        errno = ENOSPC;
        return 1;
    }
    if (place == STORE) return 0;
    int64_t number = __atomic_add_fetch(&control->writes, 1, __ATOMIC_SEQ_CST);
    if (is_due(number, control->write_fails_from, control->write_fails_to)) {
        errno = (int)control->write_errno;
        return 1;
    }
    if (place == DATA_LOG && size == 24) {
        uint32_t pages;
        memcpy(&pages, (const char *)data + 4, sizeof pages);
        if (pages != 0) {
            int64_t commit = __atomic_add_fetch(&control->commits, 1, __ATOMIC_SEQ_CST);
            if (commit == control->kill_before_commit) die();
            commit_under_way = 1;
        }
    }
    return 0;
}

static void written(enum place place, size_t size) {
    if (place == DATA_LOG && size > 24 && commit_under_way) {
        commit_under_way = 0;
        if (control->commits == control->kill_after_commit) die();
    }
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    enum place place = place_of(fd);
    if (write_fails(place, data, size)) return -1;
    ssize_t done = real(fd, data, size, at);
    written(place, size);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    enum place place = place_of(fd);
    if (write_fails(place, data, size)) return -1;
    ssize_t done = real(fd, data, size);
    written(place, size);
    return done;
}

static int sync_fails(int fd) {
    enum place place = place_of(fd);
    if (place != DATA && place != DATA_LOG) return 0;
    int64_t number = __atomic_add_fetch(&control->syncs, 1, __ATOMIC_SEQ_CST);
    if (!is_due(number, control->sync_fails_from, control->sync_fails_to)) return 0;
    errno = (int)control->sync_errno;
    return 1;
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return sync_fails(fd) ? -1 : real(fd);
}

int fsync(int fd) {
    REAL(fsync);
    return sync_fails(fd) ? -1 : real(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int status = real(clock, now);
    if (status == 0 && control != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ns = now->tv_nsec + control->clock_ns % 1000000000;
        now->tv_sec += control->clock_ns / 1000000000;
        if (ns < 0) ns += 1000000000, now->tv_sec -= 1;
        if (ns >= 1000000000) ns -= 1000000000, now->tv_sec += 1;
        now->tv_nsec = ns;
    }
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *where) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (where != NULL) *where = precise.tv_sec;
    return precise.tv_sec;
}
