<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- Line-of-sight velocity in m/yr, positive (blue) toward the satellite. -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="-0.05" classificationMax="0.05">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="-0.05" maximumValue="0.05" labelPrecision="4">
          <item value="-0.05" label="-0.05" color="#5e0b22" alpha="255"/>
          <item value="-0.04375" label="-0.04375" color="#881d2c" alpha="255"/>
          <item value="-0.0375" label="-0.0375" color="#b52f35" alpha="255"/>
          <item value="-0.03125" label="-0.03125" color="#cc5548" alpha="255"/>
          <item value="-0.025" label="-0.025" color="#e3775c" alpha="255"/>
          <item value="-0.01875" label="-0.01875" color="#ee9e81" alpha="255"/>
          <item value="-0.0125" label="-0.0125" color="#f6c3a6" alpha="255"/>
          <item value="-0.00625" label="-0.00625" color="#f8ddcc" alpha="255"/>
          <item value="0" label="0" color="#f8f6f3" alpha="255"/>
          <item value="0.00625" label="0.00625" color="#d7e6ef" alpha="255"/>
          <item value="0.0125" label="0.0125" color="#b5d6ea" alpha="255"/>
          <item value="0.01875" label="0.01875" color="#89bddd" alpha="255"/>
          <item value="0.025" label="0.025" color="#5ba3d0" alpha="255"/>
          <item value="0.03125" label="0.03125" color="#3f86be" alpha="255"/>
          <item value="0.0375" label="0.0375" color="#2369ab" alpha="255"/>
          <item value="0.04375" label="0.04375" color="#174a86" alpha="255"/>
          <item value="0.05" label="0.05" color="#0c2c63" alpha="255"/>
          <rampLegendSettings useContinuousLegend="1" orientation="2" direction="0" prefix="" suffix=" m/yr" minimumLabel="" maximumLabel=""/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
