"""A wheel for one platform where memtrace/bin holds the programs (see build-wheel), else a pure one."""

import os

from setuptools import Distribution, setup

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

HAS_PROGRAMS = os.path.isdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "memtrace", "bin"))


class PlatformDistribution(Distribution):
    def has_ext_modules(self):
        return HAS_PROGRAMS


class PlatformWheel(bdist_wheel):
    """The programs ask for a platform, but for no version of Python."""

    def get_tag(self):
        python, abi, platform = super().get_tag()
        return ("py3", "none", platform) if HAS_PROGRAMS else (python, abi, platform)


setup(distclass=PlatformDistribution, cmdclass={"bdist_wheel": PlatformWheel})
