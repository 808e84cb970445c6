#include "holdfast/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::HasSubstr;

class AtomicFileTest : public Files {};

TEST_F(AtomicFileTest, TheTargetAppearsAtTheCommit) {
  const auto target = folder() / "out.txt";
  AtomicFile out(target);
  out.stream() << "one ";
  out.write("two");
  EXPECT_FALSE(std::filesystem::exists(target));
  out.commit();
  EXPECT_EQ(read(target), "one two");
  EXPECT_EQ(count_files(), 1u);
}

/// Whether the folder's file system has files without a name.
bool has_unnamed_files(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
  return descriptor >= 0;
}

TEST_F(AtomicFileTest, WithoutACommitTheTargetStaysAsItWas) {
  const auto target = Files::write("out.txt", "old");
  for (const auto temporary : {AtomicFile::Temporary::unnamed_if_possible, AtomicFile::Temporary::named}) {
    const bool named = temporary == AtomicFile::Temporary::named || !has_unnamed_files(folder());
    {
      AtomicFile out(target, temporary);
      out.write("new");
      EXPECT_EQ(count_files(), named ? 2u : 1u);
    }
    EXPECT_EQ(read(target), "old");
    EXPECT_EQ(count_files(), 1u);
  }
}

TEST_F(AtomicFileTest, BothKindsOfTemporaryFilesMakeAndReplaceTheTarget) {
  for (const auto temporary : {AtomicFile::Temporary::unnamed_if_possible, AtomicFile::Temporary::named}) {
    const auto target = folder() / "out.txt";
    std::filesystem::remove(target);
    for (const std::string text : {"first", "second"}) {
      AtomicFile out(target, temporary);
      out.write(text);
      out.commit();
      EXPECT_EQ(read(target), text);
      EXPECT_EQ(count_files(), 1u);
    }
  }
}

TEST_F(AtomicFileTest, WhatAKillAtTheMomentOfReplacingLeftIsRemovedByTheNextWrite) {
  if (!has_unnamed_files(folder())) GTEST_SKIP() << "the file system has no files without a name";
  const auto target = Files::write("out.txt", "old");
  Files::write(fmt::format(".holdfast-{:016x}.tmp", std::filesystem::hash_value(std::filesystem::path("out.txt"))),
               "x");
  AtomicFile out(target);
  out.write("new");
  out.commit();
  EXPECT_EQ(read(target), "new");
  EXPECT_EQ(count_files(), 1u);
}

TEST_F(AtomicFileTest, AKillAtAnyMomentLeavesTheOldTargetOrTheNewOneAndNothingElse) {
  if (!has_unnamed_files(folder())) GTEST_SKIP() << "the file system has no files without a name";
  const std::string text(1 << 20, 'x');
  for (int round = 0; round < 60; ++round) {
    const auto target = folder() / fmt::format("out{}.txt", round % 7);
    std::filesystem::remove(target);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      AtomicFile out(target);
      out.write(text);
      out.commit();
      ::raise(SIGKILL);
    }
    ::usleep(static_cast<useconds_t>(100 * (round % 30)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const std::size_t files = std::filesystem::exists(target) ? 1u : 0u;
    EXPECT_EQ(count_files(), files) << "round " << round;
    if (files == 1) {
      EXPECT_EQ(read(target), text) << "round " << round;
    }
    std::filesystem::remove(target);
  }
}

TEST_F(AtomicFileTest, ReplacesAFileAndKeepsItsPermissions) {
  const auto target = Files::write("out.txt", "old and longer");
  const auto permissions = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(target, permissions);
  AtomicFile out(target);
  out.write("new");
  out.commit();
  EXPECT_EQ(read(target), "new");
  EXPECT_EQ(std::filesystem::status(target).permissions(), permissions);
}

TEST_F(AtomicFileTest, FollowsASymbolicLink) {
  const auto target = Files::write("real.txt", "old");
  std::filesystem::create_symlink(target, folder() / "link.txt");
  AtomicFile out(folder() / "link.txt");
  out.write("new");
  out.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder() / "link.txt"));
  EXPECT_EQ(read(target), "new");
}

TEST_F(AtomicFileTest, TheFolderMustExist) {
  EXPECT_EQ(error_of([&] { AtomicFile(folder() / "absent" / "out.txt"); }),
            "absent/out.txt: the folder absent does not exist; create it or give another file name");
  Files::write("file", "");
  EXPECT_EQ(error_of([&] { AtomicFile(folder() / "file" / "out.txt"); }),
            "file/out.txt: file is a file, not a folder; give another file name");
}

TEST_F(AtomicFileTest, TheFolderMustBeWritable) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write to every folder";
  const auto place = folder() / "locked";
  std::filesystem::create_directory(place);
  std::filesystem::permissions(place, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_EQ(error_of([&] { AtomicFile(place / "out.txt"); }),
            "locked/out.txt: the folder locked cannot be written to (Permission denied); give a folder where you may "
            "write");
  std::filesystem::permissions(place, std::filesystem::perms::owner_all);
}

TEST_F(AtomicFileTest, TheTargetMustNotBeWriteProtected) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write to every file";
  const auto target = Files::write("out.txt", "old");
  std::filesystem::permissions(target, std::filesystem::perms::owner_read);
  EXPECT_EQ(error_of([&] { const AtomicFile out(target); }),
            "out.txt: is write-protected; remove it or give another file name");
}

TEST_F(AtomicFileTest, TheTargetMustBeAFileName) {
  std::filesystem::create_directory(folder() / "d");
  EXPECT_EQ(error_of([&] { AtomicFile(folder() / "d"); }), "d: is a folder; give the name of a file in it");
  EXPECT_EQ(error_of([&] { AtomicFile(folder() / "e" / ""); }), "e/: is a folder; give the name of a file in it");
  EXPECT_EQ(error_of([&] { AtomicFile(""); }), "the name of the output file is empty; give a file name");
  EXPECT_THAT(error_of([&] { AtomicFile(folder() / std::string(300, 'n')); }),
              HasSubstr("cannot be written to (File name too long); give another file name"));
}

TEST_F(AtomicFileTest, TheLongestNameIsNotTooLong) {
  const auto target = folder() / std::string(255, 'n');
  AtomicFile out(target);
  out.write("x");
  out.commit();
  EXPECT_EQ(read(target), "x");
}

TEST_F(AtomicFileTest, AFailedWriteIsReportedAndLeavesNothing) {
  const auto target = folder() / "out.txt";
  AtomicFile out(target);
  out.stream().setstate(std::ios::badbit);  // as a full disk does
  EXPECT_EQ(error_of([&] { out.commit(); }), "out.txt: could not be written completely; check the free space there");
  EXPECT_EQ(count_files(), 0u);
}

TEST_F(AtomicFileTest, AFailedRenameIsReportedAndLeavesNothing) {
  const auto target = folder() / "out.txt";
  AtomicFile out(target);
  std::filesystem::create_directory(target);
  EXPECT_EQ(error_of([&] { out.commit(); }), "out.txt: could not be replaced (Is a directory); give another file name");
  EXPECT_EQ(count_files(), 1u);
}

TEST_F(AtomicFileTest, APipeIsWrittenToAndNotReplaced) {
  // A pipe of the test's own stands for devices too: a test of those would, run by root on wrong code, replace them.
  const auto pipe = folder() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  {
    AtomicFile out(pipe);
    out.write("bytes");
    out.commit();
  }
  char bytes[16] = {};
  EXPECT_EQ(::read(reader, bytes, sizeof bytes), 5);
  EXPECT_STREQ(bytes, "bytes");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(count_files(), 1u);
}

}  // namespace
}  // namespace holdfast::io
