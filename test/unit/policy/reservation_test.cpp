// A reservation's calls are given back once, however it ends.

#include "bgworker/core/policy/reservation.h"

#include <gtest/gtest.h>

#include <optional>

namespace debrief {
namespace {

int reserved = 0;

Reservation Reserve(int calls) {
  reserved = calls;
  return {Stage::kAudio, calls, [](Stage stage, int given_back) {
            EXPECT_EQ(stage, Stage::kAudio);
            reserved -= given_back;
          }};
}

TEST(Reservation, GivesItsCallsBackWhenItGoes) {
  {
    const Reservation three = Reserve(3);
    EXPECT_EQ(three.calls(), 3);
    EXPECT_EQ(reserved, 3);
  }
  EXPECT_EQ(reserved, 0);
}

TEST(Reservation, OneOfItLivesOnItsOwn) {
  std::optional<Reservation> three = Reserve(3);
  const Reservation one = three->TakeOne();
  EXPECT_EQ(three->calls(), 2);
  three.reset();
  EXPECT_EQ(reserved, 1);
}

TEST(Reservation, AMovedOneHoldsNothing) {
  Reservation from = Reserve(2);
  Reservation to = std::move(from);
  from.Release();
  EXPECT_EQ(reserved, 2);
  to = Reservation();
  EXPECT_EQ(reserved, 0);
}

TEST(Reservation, IsReleasedOnce) {
  Reservation two = Reserve(2);
  two.Release();
  two.Release();
  EXPECT_EQ(reserved, 0);
}

}  // namespace
}  // namespace debrief
